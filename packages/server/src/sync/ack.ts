import { Refusal } from '@takeback/protocol/refusals.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import type { Caller } from '../caller.ts'
import type { Clock } from '../clock.ts'
import type { Reader, Transaction } from '../store/store.ts'
import { kinds } from './kinds.ts'
import {
  lockLogs,
  logState,
  receivedBetween,
  setAcked,
  setDelivered,
  type NewEvent,
} from './tables.ts'

type Append = (tx: Transaction, events: readonly NewEvent[]) => Promise<void>

interface Cursor {
  epoch: string
  seq: number
}

/**
 * What a device says it has: per conversation, the highest message up to `seq` that no device of
 * this person had acknowledged before.
 * @throws Refusal cache_expired — the epoch is another, or the seq lies past the log.
 */
export const received =
  (epoch: () => string) =>
  async (
    tx: Reader,
    caller: Caller,
    cursor: Cursor,
  ): Promise<{ conversation_id: ConversationId; seq: number }[]> => {
    const log = await logState(tx, caller.account_id)
    if (log === undefined || cursor.epoch !== epoch() || cursor.seq > log.head)
      throw new Refusal('cache_expired')
    if (cursor.seq <= log.delivered_seq) return []
    return receivedBetween(tx, caller.account_id, log.delivered_seq, cursor.seq, kinds.messageNew)
  }

/**
 * A device has durably applied its log up to `seq` (S10); `events` tell others of it. Like `append`,
 * this comes last in a transaction.
 */
export const acknowledge =
  (clock: Clock, append: Append) =>
  async (
    tx: Transaction,
    caller: Caller,
    { seq }: Cursor,
    events: readonly NewEvent[],
  ): Promise<void> => {
    // Together with those that `append` takes, so that all are taken in order.
    await lockLogs(tx, [caller.account_id, ...events.map((event) => event.account_id)])
    await append(tx, events)
    await Promise.all([
      setDelivered(tx, caller.account_id, seq),
      setAcked(tx, caller.device_id, seq, clock()),
    ])
  }
