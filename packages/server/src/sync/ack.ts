import type { AccountId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { outcomeOf, type Outcome } from '../batch.ts'
import type { Caller } from '../caller.ts'
import type { Clock } from '../clock.ts'
import type { Reader, Transaction } from '../store/store.ts'
import {
  logStates,
  receivedBetween,
  setAcked,
  setDelivered,
  type NewEvent,
  type Received,
} from './tables.ts'

/** A device says that it has durably applied its log up to `seq` (S10). */
export interface Ack {
  caller: Caller
  input: { epoch: string; seq: number }
}

/** Which acks are good, and what they say: messages up to `seq` that nobody's device had before. */
export interface Checked {
  /** In the order given. Refused with `cache_expired`: another epoch, or a seq past the log. */
  outcomes: Outcome<null>[]
  accepted: Ack[]
  received: Received[]
}

export const checkAcks =
  (epoch: () => string) =>
  async (tx: Reader, acks: readonly Ack[]): Promise<Checked> => {
    const logs = new Map(
      (await logStates(tx, [...new Set(acks.map(({ caller }) => caller.account_id))])).map(
        (log) => [log.account_id, log],
      ),
    )
    const accepted: Ack[] = []
    const ranges: Parameters<typeof receivedBetween>[1][number][] = []
    const outcomes = acks.map((ack) =>
      outcomeOf(() => {
        const { account_id } = ack.caller
        const { epoch: of, seq } = ack.input
        const log = logs.get(account_id)
        if (log === undefined || of !== epoch() || seq > log.head)
          throw new Refusal('cache_expired')
        accepted.push(ack)
        if (seq > log.delivered_seq)
          ranges.push({ account_id, after: log.delivered_seq, through: seq })
        return null
      }),
    )
    return { outcomes, accepted, received: await receivedBetween(tx, ranges) }
  }

type Append = (
  tx: Transaction,
  events: readonly NewEvent[],
  also?: Iterable<AccountId>,
) => Promise<void>

/** Marks good acks; `events` tell others of them. Like `append`, this comes last in a transaction. */
export const markAcks =
  (clock: Clock, append: Append) =>
  async (tx: Transaction, acks: readonly Ack[], events: readonly NewEvent[]): Promise<void> => {
    if (acks.length === 0) return
    const delivered = new Map<Caller['account_id'], number>()
    const acked = new Map<Caller['device_id'], number>()
    for (const { caller, input } of acks) {
      raise(delivered, caller.account_id, input.seq)
      raise(acked, caller.device_id, input.seq)
    }
    await append(tx, events, delivered.keys())
    await Promise.all([
      setDelivered(
        tx,
        [...delivered].map(([account_id, seq]) => ({ account_id, seq })),
      ),
      setAcked(
        tx,
        [...acked].map(([device_id, seq]) => ({ device_id, seq })),
        clock(),
      ),
    ])
  }

function raise<Key>(marks: Map<Key, number>, key: Key, seq: number): void {
  marks.set(key, Math.max(marks.get(key) ?? 0, seq))
}
