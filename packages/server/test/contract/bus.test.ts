import { after } from 'node:test'
import type { AccountId } from '@takeback/protocol/ids.ts'
import { natsMissing, startNats, type TestNats } from '../../../../scripts/nats.ts'
import type { Bus } from '../../src/bus/bus.ts'
import { createLocalBus } from '../../src/bus/local.ts'
import { createNatsBus } from '../../src/bus/nats.ts'
import { createIds } from '../../src/ids.ts'
import { busContract } from './bus.contract.ts'

const ids = createIds(Date.now)
const key = ids.secret()

let nats: Promise<TestNats> | null = null
const theNats = (): Promise<TestNats> => (nats ??= startNats())
after(async () => (await nats)?.stop())

const open = (url: string): Bus => createNatsBus({ url, key, clock: Date.now })

/** A bus whose line is up: another node has heard of it. */
async function openConnected(url: string): Promise<Bus> {
  const [bus, witness] = [open(url), open(url)]
  const mark = ids.next<AccountId>()
  bus.attach(mark)
  while (!witness.isConnected(mark)) await new Promise((resolve) => setTimeout(resolve, 5))
  bus.detach(mark)
  await witness.close()
  return bus
}

busContract({ name: 'local', open: async () => createLocalBus() })

busContract({
  name: 'nats',
  missing: natsMissing,
  open: async () => openConnected((await theNats()).url),
})

busContract({
  name: 'nats, whose server was never there',
  open: async () => open('nats://127.0.0.1:1'),
})

busContract({
  name: 'nats, whose server was killed',
  missing: natsMissing,
  async open() {
    const own = await startNats()
    const bus = await openConnected(own.url)
    await own.stop()
    return bus
  },
})
