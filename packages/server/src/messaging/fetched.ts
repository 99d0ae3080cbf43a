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
  const highest = highestMarks(marks)
  await lockConversations(tx, [...new Set(highest.map((mark) => mark.conversation_id))])
  await raiseFetched(tx, highest)
}

/** One mark for each person and conversation. */
function highestMarks(marks: readonly FetchMark[]): FetchMark[] {
  const highest = new Map<string, FetchMark>()
  for (const mark of marks) {
    const key = `${mark.account_id} ${mark.conversation_id}`
    if (mark.seq > (highest.get(key)?.seq ?? 0)) highest.set(key, mark)
  }
  return [...highest.values()]
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
  const marks = highestMarks(
    handed.filter(
      ({ account_id, seq, sender_id, fetched_seq }) =>
        sender_id !== account_id && seq > fetched_seq,
    ),
  )
  if (marks.length === 0) return
  if (!isWritable(tx)) throw new Unfetched(marks)
  await raiseFetched(tx, marks)
}
