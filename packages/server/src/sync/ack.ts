import { Refusal } from '@takeback/protocol/refusals.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import type { Caller } from '../caller.ts'
import type { Clock } from '../clock.ts'
import type { Transaction } from '../store/store.ts'
import { kinds } from './kinds.ts'
import { logState, receivedBetween, setAcked, setDelivered } from './tables.ts'

/**
 * A device says that it has durably applied its log up to `seq` (S10). Returns, per conversation,
 * the highest message that no device of this person had before.
 * @throws Refusal cache_expired — the epoch is another, or the seq lies past the log.
 */
export const ack =
  (clock: Clock, epoch: () => string) =>
  async (
    tx: Transaction,
    caller: Caller,
    cursor: { epoch: string; seq: number },
  ): Promise<{ conversation_id: ConversationId; seq: number }[]> => {
    const log = await logState(tx, caller.account_id)
    if (log === undefined || cursor.epoch !== epoch() || cursor.seq > log.head)
      throw new Refusal('cache_expired')
    await setAcked(tx, caller.device_id, cursor.seq, clock())
    if (cursor.seq <= log.delivered_seq) return []
    await setDelivered(tx, caller.account_id, cursor.seq)
    return receivedBetween(tx, caller.account_id, log.delivered_seq, cursor.seq, kinds.messageNew)
  }
