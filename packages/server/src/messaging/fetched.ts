import type { AccountId } from '@takeback/protocol/ids.ts'
import { isWritable, type Reader, type Transaction } from '../store/store.ts'
import type { MessageRow } from './message-tables.ts'
import { lockConversations, raiseFetched, type FetchMark } from './tables.ts'

/** Thrown inside a read by what would hand out messages that nobody has written down as fetched. */
export class Unfetched extends Error {
  readonly marks: readonly FetchMark[]

  constructor(marks: readonly FetchMark[]) {
    super('Something would be handed out that does not count as fetched yet.')
    this.marks = marks
  }
}

/** Before these members are handed their conversations so far: from here on, an unsend leaves a line. */
export async function markFetched(tx: Transaction, marks: readonly FetchMark[]): Promise<void> {
  await lockConversations(
    tx,
    marks.map((mark) => mark.conversation_id),
  )
  await raiseFetched(tx, marks)
}

/** A message about to be handed to one of an account's devices. */
export type Handed = Pick<MessageRow, 'conversation_id' | 'seq' | 'sender_id'> & {
  account_id: AccountId
  /** How far that account has fetched the conversation. */
  fetched_seq: number
}

/**
 * Sees to it that messages about to be handed out count as fetched. Within a read this throws
 * `Unfetched`, so that nothing is handed out before it is written down.
 */
export async function requireFetched(tx: Reader, handed: readonly Handed[]): Promise<void> {
  const marks = new Map<string, FetchMark>()
  for (const { account_id, conversation_id, seq, sender_id, fetched_seq } of handed) {
    if (sender_id === account_id || seq <= fetched_seq) continue
    const key = `${account_id} ${conversation_id}`
    if (seq > (marks.get(key)?.seq ?? 0)) marks.set(key, { conversation_id, account_id, seq })
  }
  if (marks.size === 0) return
  if (!isWritable(tx)) throw new Unfetched([...marks.values()])
  await raiseFetched(tx, [...marks.values()])
}
