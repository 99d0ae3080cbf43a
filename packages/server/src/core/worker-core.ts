import { routeOf, type EndpointName } from '@takeback/protocol/routes.ts'
import { CannotWrite } from '../store/store.ts'
import { startThread, type Thread } from './thread.ts'
import type { Core, Hint } from './types.ts'
import type { Asked } from './wire.ts'
import type { WorkerSettings } from './worker.ts'

/**
 * A core in two threads over one database file: one writes, the other reads, so that neither looking
 * things up nor putting pages together holds the writer back.
 * @param onExit one of the threads ended by itself, which neither ever should
 */
export async function startWorkerCore(
  settings: WorkerSettings,
  onExit: (code: number) => void,
): Promise<Core> {
  let listener: (hint: Hint) => void = () => {}
  let closing = false
  const start = (module: './worker.ts' | './read-worker.ts'): Promise<Thread> =>
    startThread({
      module,
      settings,
      onHint: (hint) => listener(hint),
      onExit: (code) => {
        if (!closing) onExit(code)
      },
    })
  // The writer first: it makes the file, and brings it to the newest schema.
  const writer = await start('./worker.ts')
  const reader = await start('./read-worker.ts')

  /** What would hand out messages that do not count as fetched must have that written first. */
  async function read<T>(method: Asked, ...args: unknown[]): Promise<T> {
    try {
      return await reader.ask<T>(method, ...args)
    } catch (error) {
      if (error instanceof CannotWrite) return writer.ask<T>(method, ...args)
      throw error
    }
  }

  return {
    call: (name, caller, input) =>
      isRead(name) ? read('call', name, caller, input) : writer.ask('call', name, caller, input),
    administer: (command, input) => writer.ask('administer', command, input),
    authenticate: (token) => writer.ask('authenticate', token),
    page: (account, epoch, after) => read('page', account, epoch, after),
    head: (account) => read('head', account),
    heads: (accounts, devices) => read('heads', accounts, devices),
    revokedLately: () => read('revokedLately'),
    attach: (account) => writer.tell('attach', account),
    detach: (account) => writer.tell('detach', account),
    onHint: (next) => {
      listener = next
    },
    healthy: () => writer.ask('healthy'),
    async close() {
      closing = true
      // The writer last: it leaves the file whole, without a log beside it.
      await reader.close()
      await writer.close()
    },
  }
}

/** Whether an endpoint changes nothing; how the service fares only the writer knows. */
const isRead = (name: EndpointName): boolean =>
  routeOf(name).method === 'GET' && name !== 'status.get'
