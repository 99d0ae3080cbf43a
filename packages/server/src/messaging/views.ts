import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import type { MessageRow } from './message-tables.ts'
import type { MemberRow, NamedMemberRow } from './tables.ts'

/** A message as `viewer` sees it. */
export function toMessage(row: MessageRow, viewer: AccountId): Message {
  const message: Message = {
    id: row.id,
    conversation_id: row.conversation_id,
    seq: row.seq,
    sender_id: row.sender_id,
    version: row.version,
    sent_at: row.sent_at,
    text: row.text,
    edited_at: row.edited_at,
    edit_count: row.edit_count,
    unsent_at: row.unsent_at,
  }
  if (row.sender_id === viewer) message.client_id = row.client_id
  return message
}

/** A conversation as the member whose row comes first sees it. */
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
