import { Type, type Static } from 'typebox'
import { Me, Profile } from './endpoints/accounts.ts'
import { Conversation } from './endpoints/conversations.ts'
import { Message } from './endpoints/messages.ts'
import { closed, Seq } from './endpoints/shapes.ts'
import { AccountId, ConversationId, MessageId } from './ids.ts'

/** Identity of the log; a restored backup has another one (S3). */
export const Epoch = Type.String({ pattern: '^[0-9a-z]{26}$' })

export type Cursor = Static<typeof Cursor>
export const Cursor = closed({ epoch: Epoch, seq: Seq })

/**
 * One entry of a person's log: what happened to which ids, never content (S2). A kind that a
 * client does not know only advances its cursor (S13).
 */
export type LogEvent = Static<typeof LogEvent>
export const LogEvent = Type.Union([
  closed({
    seq: Seq,
    /** Sent · edited or unsent. Its present state stands in `messages` or as a `last_message`. */
    kind: Type.Union([Type.Literal('message.new'), Type.Literal('message.updated')]),
    conversation_id: ConversationId,
    message_id: MessageId,
  }),
  closed({
    seq: Seq,
    /** Gone from my view without a line: deleted for me, or unsent before anybody fetched it. Terminal. */
    kind: Type.Literal('message.removed'),
    conversation_id: ConversationId,
    message_id: MessageId,
  }),
  closed({
    seq: Seq,
    /** Read marks, receipts, folder, deleted thread, a member's name. */
    kind: Type.Literal('conversation.updated'),
    conversation_id: ConversationId,
  }),
  closed({
    seq: Seq,
    /** Follow or block between this person and me. */
    kind: Type.Literal('relation.updated'),
    account_id: AccountId,
  }),
  closed({ seq: Seq, kind: Type.Literal('me.updated') }),
])
export type EventKind = LogEvent['kind']

/**
 * A page of the log: events after `after` up to and including `through` (events that are no longer
 * for my eyes are left out, so `through` may run ahead of the last one), with every entity they
 * name as it is now, each once. A message that is a conversation's `last_message` here is not
 * repeated in `messages`.
 */
export type EventPage = Static<typeof EventPage>
export const EventPage = closed({
  type: Type.Literal('events'),
  epoch: Epoch,
  after: Seq,
  through: Seq,
  head: Seq,
  events: Type.Array(LogEvent),
  messages: Type.Array(Message),
  conversations: Type.Array(Conversation),
  accounts: Type.Array(Profile),
  me: Type.Optional(Me),
})
