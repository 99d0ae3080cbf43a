import type { AccountId } from '@takeback/protocol/ids.ts'
import type { PublishHint } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import type { Transaction } from '../store/store.ts'
import { advanceHead, insertEvents, type NewEvent } from './tables.ts'

/**
 * Writes events into the logs of the people concerned, within the transaction of the change itself.
 * Logs are taken in the order of account ids, so that two transactions never wait for each other
 * crosswise, and each log's seq order is its commit order, without gaps (S1). Who is given an event
 * is decided here, for good (S13). A poke follows the commit.
 */
export const append =
  (clock: Clock, publish: PublishHint) =>
  async (tx: Transaction, events: readonly NewEvent[]): Promise<void> => {
    if (events.length === 0) return
    const byAccount = new Map<AccountId, NewEvent[]>()
    for (const event of events) {
      const own = byAccount.get(event.account_id)
      if (own === undefined) byAccount.set(event.account_id, [event])
      else own.push(event)
    }
    const rows: (NewEvent & { seq: number })[] = []
    for (const account of [...byAccount.keys()].toSorted()) {
      const own = byAccount.get(account) ?? []
      const head = await advanceHead(tx, account, own.length)
      if (head === undefined) continue
      own.forEach((event, index) => rows.push({ ...event, seq: head - own.length + index + 1 }))
      tx.afterCommit(() => publish({ type: 'poke', account_id: account, seq: head }))
    }
    await insertEvents(tx, rows, clock())
  }
