import type { AccountId } from '@takeback/protocol/ids.ts'
import type { PublishHint } from '../bus/bus.ts'
import type { Clock } from '../clock.ts'
import { chunksOf, type Transaction } from '../store/store.ts'
import { insertEvents, lockLogs, setHeads, type NewEvent } from './tables.ts'

/**
 * Writes events into the logs of the people concerned, within the transaction of the change itself.
 * Logs are taken in the order of account ids, so that two transactions never wait for each other
 * crosswise, and each log's seq order is its commit order, without gaps (S1). Who is given an event
 * is decided here, for good (S13). A poke follows the commit.
 *
 * This comes last in a transaction: whoever holds a log goes on to wait for nothing else.
 * @param also whose logs are to be held besides
 */
export const append =
  (clock: Clock, publish: PublishHint) =>
  async (
    tx: Transaction,
    events: readonly NewEvent[],
    also: Iterable<AccountId> = [],
  ): Promise<void> => {
    const byAccount = Map.groupBy(events, (event) => event.account_id)
    for (const accounts of chunksOf([...new Set([...byAccount.keys(), ...also])].toSorted())) {
      const rows: (NewEvent & { seq: number })[] = []
      const heads: { account_id: AccountId; head: number }[] = []
      for (const { account_id, head } of await lockLogs(tx, accounts)) {
        const mine = byAccount.get(account_id)
        if (mine === undefined) continue
        let seq = head
        for (const event of mine) rows.push({ ...event, seq: ++seq })
        heads.push({ account_id, head: seq })
      }
      if (heads.length === 0) continue
      await Promise.all([setHeads(tx, heads), insertEvents(tx, rows, clock())])
      tx.afterCommit(() => {
        for (const { account_id, head } of heads) publish({ type: 'poke', account_id, seq: head })
      })
    }
  }
