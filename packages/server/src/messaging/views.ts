import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { isWritable, type Reader, type Transaction } from '../store/store.ts'
import type { MessagePlace, MessageSeen } from '../sync/views.ts'
import { messagesAt, type MessageRow } from './message-tables.ts'
import {
  lockConversations,
  namedMembers,
  raiseFetched,
  visibleConversationsOf,
  type FetchMark,
  type NamedMemberRow,
  type MemberRow,
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

/**
 * Sees to it that messages about to be handed to a device of `account` count as fetched. Within a
 * read this throws `Unfetched`, so that nothing is handed out before it is written down.
 */
export async function requireFetched(
  tx: Reader,
  account: AccountId,
  rows: readonly (Pick<MessageRow, 'conversation_id' | 'seq' | 'sender_id'> & {
    fetched_seq: number
  })[],
): Promise<void> {
  const marks = new Map<ConversationId, FetchMark>()
  for (const { conversation_id, seq, sender_id, fetched_seq } of rows) {
    const highest = marks.get(conversation_id)?.seq ?? fetched_seq
    if (sender_id !== account && seq > highest)
      marks.set(conversation_id, { conversation_id, account_id: account, seq })
  }
  if (marks.size === 0) return
  if (!isWritable(tx)) throw new Unfetched([...marks.values()])
  await raiseFetched(tx, [...marks.values()])
}

/** What the places of a log hold for `viewer` now. */
export async function viewMessages(
  tx: Reader,
  viewer: AccountId,
  places: readonly MessagePlace[],
): Promise<MessageSeen[]> {
  const rows = await messagesAt(tx, viewer, places)
  await requireFetched(
    tx,
    viewer,
    // A tombstone has nothing to fetch; what is invisible is not handed out.
    rows.filter((row) => row.visible === 1 && row.unsent_at === null),
  )
  return rows.map((row) => ({
    conversation_id: row.conversation_id,
    seq: row.seq,
    id: row.id,
    message: row.visible === 1 ? toMessage(row, viewer) : null,
  }))
}

/**
 * Conversations as `viewer` sees them, each with its newest live message, in the order of `ids`.
 * What `known` holds of this very transaction is not looked up again.
 */
export async function viewConversations(
  tx: Reader,
  viewer: AccountId,
  ids: readonly ConversationId[],
  known: readonly MessageSeen[] = [],
): Promise<Conversation[]> {
  if (ids.length === 0) return []
  const members = Map.groupBy(await namedMembers(tx, ids), (row) => row.conversation_id)
  const rows = new Map<ConversationId, NamedMemberRow>()
  for (const [id, all] of members) {
    const mine = all.find((row) => row.account_id === viewer)
    if (mine !== undefined) rows.set(id, mine)
  }
  const isLast = ({ conversation_id, seq }: MessagePlace) =>
    rows.get(conversation_id)?.last_message_seq === seq
  const last = new Map(known.filter(isLast).map((seen) => [seen.conversation_id, seen.message]))
  const missing = [...rows.values()]
    .filter((row) => row.last_message_seq > 0 && !last.has(row.conversation_id))
    .map((row) => ({ conversation_id: row.conversation_id, seq: row.last_message_seq }))
  for (const seen of await viewMessages(tx, viewer, missing))
    last.set(seen.conversation_id, seen.message)
  return ids.flatMap((id) => {
    const row = rows.get(id)
    return row === undefined
      ? []
      : [toConversation(row, members.get(id) ?? [], last.get(id) ?? null)]
  })
}

const toConversation = (
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

/** Everything that is not hidden, for a snapshot. */
export async function viewInbox(tx: Reader, viewer: AccountId): Promise<Conversation[]> {
  const rows = await visibleConversationsOf(tx, viewer)
  const ids = rows.map((row) => row.conversation_id)
  const all: Conversation[] = []
  for (let first = 0; first < ids.length; first += 256)
    all.push(...(await viewConversations(tx, viewer, ids.slice(first, first + 256))))
  return all
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
