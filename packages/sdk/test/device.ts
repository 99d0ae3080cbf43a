import type { TestContext } from 'node:test'
import { createMemoryStorage } from '../src/storage-memory.ts'
import type { Storage } from '../src/storage.ts'
import { createTakeback, type TakebackOptions } from '../src/takeback.ts'
import type { Takeback } from '../src/types.ts'
import { createTestClock, type TestClock } from './clock.ts'
import { snapshot } from './samples.ts'
import { startService, type ScriptedService, type ScriptedSocket } from './service.ts'
import { until } from './until.ts'

export interface TestDevice {
  service: ScriptedService
  clock: TestClock
  storage: Storage
  takeback: Takeback
}

/** A device that is not started, and the service it belongs to; both go with the test. */
export async function createTestDevice(
  context: TestContext,
  options: Partial<TakebackOptions> & { service?: ScriptedService; clock?: TestClock } = {},
): Promise<TestDevice> {
  const service = options.service ?? (await startService())
  if (options.service === undefined) context.after(() => service.close())
  const clock = options.clock ?? createTestClock()
  const storage = options.storage ?? createMemoryStorage()
  const takeback = createTakeback({
    baseUrl: service.url,
    token: 'a-token',
    random: () => 0.5,
    ...options,
    clock,
    storage,
  })
  context.after(() => takeback.stop())
  return { service, clock, storage, takeback }
}

/** A device with a snapshot, online. */
export async function startOnline(
  context: TestContext,
  options: Parameters<typeof createTestDevice>[1] & { snapshot?: ReturnType<typeof snapshot> } = {},
): Promise<TestDevice & { socket: ScriptedSocket }> {
  const device = await createTestDevice(context, options)
  const first = options.snapshot ?? snapshot()
  device.service.on('sync.read', () => first)
  await device.takeback.start()
  const socket = await device.service.connection(1)
  socket.welcome(first.seq)
  await socket.frame('resume')
  await until('the snapshot is there', () => !device.takeback.loading())
  return { ...device, socket }
}
