import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { isWritable, type Reader, type Transaction } from '../store/store.ts'
import { createLook } from './look.ts'
import type { MessageRow } from './message-tables.ts'
import {
  lockConversations,
  raiseFetched,
  visibleConversationsOf,
  type FetchMark,
  type MemberRow,
  type NamedMemberRow,
} from './tables.ts'

/** A message as `viewer` sees it. */
export const toMessage = (row: MessageRow, viewer: AccountId): Message => ({
  id: row.id,
  conversation_id: row.conversation_id,
  seq: row.seq,
  sender_id: row.sender_id,
  ...(row.sender_id === viewer ? { client_id: row.client_id } : {}),
  version: row.version,
  sent_at: row.sent_at,
  text: row.text,
  edited_at: row.edited_at,
  edit_count: row.edit_count,
  unsent_at: row.unsent_at,
})

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

export const toConversation = (
  row: NamedMemberRow,
  members: readonly NamedMemberRow[],
  lastMessage: Message | null,
): Conversation => ({
  id: row.conversation_id,
  version: row.version,
  kind: row.kind,
  folder: row.folder,
  hidden: row.hidden === 1,
  members: members.map((member) => ({
    account: {
      id: member.account_id,
      username: member.username,
      display_name: member.display_name,
    },
    ...marksOf(member, row),
  })),
  last_message: lastMessage,
  last_activity_at: row.last_activity_at,
  unread_count: row.unread_count,
  read_seq: row.read_seq,
  cleared_seq: row.cleared_seq,
})

/** Of the others, what they let be seen; of myself, how far I have read: no receipt is needed for that. */
const marksOf = (member: MemberRow, mine: MemberRow) =>
  member.account_id === mine.account_id
    ? { delivered_seq: mine.read_seq, read_seq: mine.read_seq }
    : { delivered_seq: member.shown_delivered_seq, read_seq: member.shown_read_seq }

/** Conversations as `viewer` sees them, each with its newest live message, in the order of `ids`. */
export async function viewConversations(
  tx: Reader,
  viewer: AccountId,
  ids: readonly ConversationId[],
): Promise<Conversation[]> {
  const [found = []] = await createLook(tx).conversations([{ viewer, ids }])
  return found
}

/** Everything that is not hidden, for a snapshot. */
export async function viewInbox(tx: Reader, viewer: AccountId): Promise<Conversation[]> {
  const rows = await visibleConversationsOf(tx, viewer)
  return viewConversations(
    tx,
    viewer,
    rows.map((row) => row.conversation_id),
  )
}

/** @throws Refusal not_found */
export async function viewConversation(
  tx: Reader,
  viewer: AccountId,
  id: ConversationId,
): Promise<Conversation> {
  const [conversation] = await viewConversations(tx, viewer, [id])
  if (conversation === undefined) throw new Refusal('not_found')
  return conversation
}
