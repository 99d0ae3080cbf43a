import type { PublishHint } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Store, Transaction } from '../store/store.ts'
import { checkAcks, markAcks } from './ack.ts'
import { append } from './append.ts'
import { pages, snapshot } from './page.ts'
import { createLog, logStates, readEpoch, receivedBetween, writeEpoch } from './tables.ts'
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
  const appendEvents = append(clock, publish)
  const makeEpoch = async (tx: Transaction): Promise<string> => {
    await writeEpoch(tx, ids.next<string>())
    return (await readEpoch(tx))?.value ?? ''
  }
  return {
    /** Reads the installation's epoch, which the first start of any node makes. */
    async start(): Promise<void> {
      const known = await store.read(readEpoch)
      current = known?.value ?? (await store.transact(makeEpoch))
    },
    epoch,
    createLog,
    logStates,
    receivedBetween,
    append: appendEvents,
    checkAcks: checkAcks(epoch),
    markAcks: markAcks(clock, appendEvents),
    trim: trim(store, clock, retention),
    /** The readers, over the rooms that own the content. */
    reading: (views: Views) => ({
      pages: pages(epoch, views),
      snapshot: snapshot(epoch, views),
    }),
  }
}
