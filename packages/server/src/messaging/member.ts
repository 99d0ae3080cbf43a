import type { AccountId, ConversationId, MessageId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Reader, Transaction } from '../store/store.ts'
import { isRemoved, messageById, newestVisible, type MessageRow } from './message-tables.ts'
import {
  conversationById,
  lockConversations,
  membersOf,
  setMember,
  type ConversationRow,
  type MemberRow,
} from './tables.ts'

/**
 * The one gate to a conversation: who is not a member meets what somebody would meet who made the
 * id up.
 * @throws Refusal not_found
 */
export async function authorize(
  tx: Reader,
  account: AccountId,
  conversation: ConversationId,
): Promise<{ me: MemberRow; others: MemberRow[] }> {
  const members = await membersOf(tx, [conversation])
  const me = members.find((member) => member.account_id === account)
  if (me === undefined) throw new Refusal('not_found')
  return { me, others: members.filter((member) => member !== me) }
}

/**
 * A message through the gate of its conversation.
 * @throws Refusal not_found — no such message, not my conversation, or not there for me any more.
 */
export async function authorizeMessage(
  tx: Reader,
  account: AccountId,
  id: MessageId,
): Promise<{ message: MessageRow; me: MemberRow; others: MemberRow[] }> {
  const message = await messageById(tx, id)
  if (message === undefined) throw new Refusal('not_found')
  const { me, others } = await authorize(tx, account, message.conversation_id)
  return { message, me, others }
}

/** The gate for who goes on to change something: the conversation is held from here on. */
export async function hold(
  tx: Transaction,
  account: AccountId,
  conversation: ConversationId,
): Promise<{ conversation: ConversationRow; me: MemberRow; others: MemberRow[] }> {
  const [held] = await lockConversations(tx, [conversation])
  if (held === undefined) throw new Refusal('not_found')
  return { conversation: held, ...(await authorize(tx, account, conversation)) }
}

/** As `authorizeMessage`, with the conversation held and everything read after that. */
export async function holdMessage(
  tx: Transaction,
  account: AccountId,
  id: MessageId,
): Promise<{ message: MessageRow; me: MemberRow; others: MemberRow[] }> {
  const found = await messageById(tx, id)
  if (found !== undefined) await lockConversations(tx, [found.conversation_id])
  return authorizeMessage(tx, account, id)
}

/** Whether a member still has this message in their view. */
export async function isThere(
  tx: Reader,
  member: MemberRow,
  message: MessageRow,
): Promise<boolean> {
  if (message.seq <= member.cleared_seq || message.traceless === 1) return false
  return (await isRemoved(tx, member.account_id, message)) === undefined
}

/** Whether a message is one of those that a member's unread count counts. */
export async function isUnread(
  tx: Reader,
  member: MemberRow,
  message: MessageRow,
): Promise<boolean> {
  return (
    message.sender_id !== member.account_id &&
    message.unsent_at === null &&
    message.seq > member.read_seq &&
    (await isThere(tx, member, message))
  )
}

/**
 * Stores a member's view after a message left it: what the newest message is, when the last
 * activity was, and whether anything is left to list. An empty conversation was last active when it
 * was made, so that what came and went without a trace does not show in the time either.
 */
export async function restoreMember(tx: Transaction, member: MemberRow): Promise<void> {
  const newest = await newestVisible(tx, member, false)
  const live = newest === undefined ? undefined : await newestVisible(tx, member, true)
  await setMember(tx, {
    ...member,
    unread_count: Math.max(0, member.unread_count),
    hidden: newest === undefined ? 1 : member.hidden,
    last_message_seq: live?.seq ?? 0,
    last_activity_at:
      newest?.sent_at ??
      (await conversationById(tx, member.conversation_id))?.created_at ??
      member.last_activity_at,
  })
}
