import { Type, type Static } from 'typebox'
import { AccountId, ClientId, ConversationId, MessageId } from '../ids.ts'
import { endpoint } from './endpoint.ts'
import { closed, nullable, page, PageLimit, Seq, Time } from './shapes.ts'

export { MAX_TEXT } from '../limits.ts'

/**
 * 1–4,000 code points, kept to the byte. The schema's bound only stops abuse; the rule itself
 * (code points, no NUL, no lone surrogates, not only white space) is the server's, so that each
 * breach gets its own refusal.
 */
export const MessageText = Type.String({ minLength: 1, maxLength: 65_536 })

/** A message. The higher `version` wins; one with `unsent_at` is a tombstone and terminal (S5). */
export type Message = Static<typeof Message>
export const Message = closed({
  id: MessageId,
  conversation_id: ConversationId,
  /** Place in the conversation: unique, rising, never changing (O1); gaps are normal. */
  seq: Seq,
  sender_id: AccountId,
  /** Only on one's own messages. */
  client_id: Type.Optional(ClientId),
  version: Type.Integer({ minimum: 1 }),
  sent_at: Time,
  /** Null once unsent. */
  text: nullable(Type.String()),
  edited_at: nullable(Time),
  edit_count: Type.Integer({ minimum: 0 }),
  unsent_at: nullable(Time),
})

/** An earlier text of an edited message. */
export type MessageEdit = Static<typeof MessageEdit>
export const MessageEdit = closed({ text: Type.String(), written_at: Time })

export const listMessages = endpoint({
  name: 'messages.list',
  summary:
    'A page of history, oldest first: the newest, or before, after or around a seq (give at most one).',
  auth: 'session',
  input: closed({
    conversation_id: ConversationId,
    before: Type.Optional(Seq),
    after: Type.Optional(Seq),
    around: Type.Optional(Seq),
    limit: Type.Optional(PageLimit),
  }),
  output: closed({
    items: Type.Array(Message),
    next_cursor: nullable(Type.String()),
    /** Whether older and newer messages exist beyond this page. */
    has_before: Type.Boolean(),
    has_after: Type.Boolean(),
  }),
  success: 200,
  budget: 'read',
  refusals: ['not_found'],
})

export const sendMessage = endpoint({
  name: 'messages.send',
  summary:
    'Send a message. The same client_id again returns the same message; with another body, `id_conflict` (S9).',
  auth: 'session',
  input: closed({ conversation_id: ConversationId, client_id: ClientId, text: MessageText }),
  output: Message,
  success: 201,
  budget: 'send',
  refusals: [
    'not_found',
    'not_friends',
    'you_blocked_them',
    'recipient_unavailable',
    'request_pending',
    'request_text_only',
    'too_many_requests_today',
    'sender_under_age',
    'message_too_long',
    'id_conflict',
  ],
})

export const editMessage = endpoint({
  name: 'messages.edit',
  summary: 'Replace the text of your own message within the edit window.',
  auth: 'session',
  input: closed({ message_id: MessageId, text: MessageText }),
  output: Message,
  success: 200,
  budget: 'send',
  refusals: [
    'not_found',
    'message_gone',
    'edit_window_closed',
    'not_friends',
    'you_blocked_them',
    'recipient_unavailable',
    'sender_under_age',
    'message_too_long',
  ],
})

export const listEdits = endpoint({
  name: 'messages.edits',
  summary: 'Earlier texts of an edited message, oldest first.',
  auth: 'session',
  input: closed({ message_id: MessageId }),
  output: page(MessageEdit),
  success: 200,
  budget: 'read',
  refusals: ['not_found', 'message_gone'],
})

export const deleteMessage = endpoint({
  name: 'messages.delete',
  summary:
    'for=everyone takes your own message back, for good; for=me removes any message from your view only.',
  auth: 'session',
  input: closed({
    message_id: MessageId,
    for: Type.Union([Type.Literal('me'), Type.Literal('everyone')]),
  }),
  output: Type.Null(),
  success: 204,
  budget: 'write',
  refusals: ['not_found', 'unsend_window_closed'],
})
