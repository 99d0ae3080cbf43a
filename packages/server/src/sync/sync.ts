import type { PublishHint } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Store } from '../store/store.ts'
import { ack } from './ack.ts'
import { append } from './append.ts'
import { createConnected } from './connected.ts'
import { page, snapshot } from './page.ts'
import { createLog, heads, readEpoch, writeEpoch } from './tables.ts'
import { trim } from './trim.ts'
import type { Views } from './views.ts'

export interface SyncDeps {
  store: Store
  clock: Clock
  ids: Ids
  publish: PublishHint
  /** How long events are kept, ms. */
  retention: number
}

export type Sync = ReturnType<typeof createSync>

/** The per-person event log: appending, reading with look-up, acknowledging, trimming. */
export function createSync({ store, clock, ids, publish, retention }: SyncDeps) {
  let current = ''
  const epoch = () => current
  return {
    /** Reads the installation's epoch, making it at the first start. */
    async start(): Promise<void> {
      current = await store.transact(async (tx) => {
        const known = await readEpoch(tx)
        if (known !== undefined) return known.value
        const made = ids.next<string>()
        await writeEpoch(tx, made)
        return made
      })
    },
    epoch,
    createLog,
    heads,
    append: append(clock, publish),
    ack: ack(clock, epoch),
    trim: trim(store, clock, retention),
    connected: createConnected(),
    /** The readers, over the rooms that own the content. */
    reading: (views: Views) => ({
      page: page(epoch, views),
      snapshot: snapshot(epoch, views),
    }),
  }
}
