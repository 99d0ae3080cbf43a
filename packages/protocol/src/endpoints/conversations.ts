import { Type, type Static } from 'typebox'
import { AccountId, ConversationId } from '../ids.ts'
import { AccountSummary } from './accounts.ts'
import { endpoint } from './endpoint.ts'
import { Message } from './messages.ts'
import { closed, Empty, ListCursor, nullable, page, PageLimit, Seq, Time } from './shapes.ts'

/**
 * `requests` holds what strangers wrote that I have neither accepted nor declined. `blocked` holds the
 * threads with people I blocked; they come back to the inbox on unblock.
 */
export const Folder = Type.Union([
  Type.Literal('inbox'),
  Type.Literal('requests'),
  Type.Literal('blocked'),
])

export type Member = Static<typeof Member>
export const Member = closed({
  account: AccountSummary,
  /** Highest seq this member is known to have on a device; for receipts. Only rises. */
  delivered_seq: Seq,
  /** Highest seq this member is known to have read; for receipts. Only rises. */
  read_seq: Seq,
})

/** A conversation as one member sees it. The higher `version` wins (S5). */
export type Conversation = Static<typeof Conversation>
export const Conversation = closed({
  id: ConversationId,
  version: Type.Integer({ minimum: 0 }),
  kind: Type.Literal('direct'),
  folder: Folder,
  /** True while there is nothing in it for me (nothing sent yet, or I deleted the thread): not listed. */
  hidden: Type.Boolean(),
  members: Type.Array(Member),
  /** The newest message that is still there for me. */
  last_message: nullable(Message),
  last_activity_at: Time,
  unread_count: Type.Integer({ minimum: 0 }),
  /** How far I have read. */
  read_seq: Seq,
  /** I deleted the thread up to here: nothing at or below exists for me. */
  cleared_seq: Seq,
})

/** Whether something may be done, and if not, which refusal it would meet. */
export type Verdict = Static<typeof Verdict>
export const Verdict = closed({
  allowed: Type.Boolean(),
  /** True where a message would be a request: one text without links, until they accept. */
  as_request: Type.Optional(Type.Boolean()),
  code: Type.Optional(Type.String()),
  sentence: Type.Optional(Type.String()),
  remedies: Type.Optional(Type.Array(Type.String())),
  until: Type.Optional(Time),
})

/** A conversation with the answer to "could I send now, and could they answer?". */
export type OpenConversation = Static<typeof OpenConversation>
export const OpenConversation = closed({
  ...Conversation.properties,
  can_send: Verdict,
  can_reply: Verdict,
})

export const listConversations = endpoint({
  name: 'conversations.list',
  summary: 'Your conversations by latest activity.',
  auth: 'session',
  input: closed({
    folder: Type.Optional(Folder),
    cursor: Type.Optional(ListCursor),
    limit: Type.Optional(PageLimit),
  }),
  output: page(Conversation),
  success: 200,
  budget: 'read',
  refusals: [],
})

export const openConversation = endpoint({
  name: 'conversations.open',
  summary:
    'The conversation with a person, made if there is none. They notice nothing until a message is sent.',
  auth: 'session',
  input: closed({ account_id: AccountId }),
  output: OpenConversation,
  success: 200,
  budget: 'write',
  refusals: ['not_found'],
})

export const getConversation = endpoint({
  name: 'conversations.get',
  summary: 'One conversation, with whether you can send and they can reply.',
  auth: 'session',
  input: closed({ conversation_id: ConversationId }),
  output: OpenConversation,
  success: 200,
  budget: 'read',
  refusals: ['not_found'],
})

export const deleteConversation = endpoint({
  name: 'conversations.delete',
  summary: 'Delete the thread for you, on all your devices. The others notice nothing.',
  auth: 'session',
  input: closed({ conversation_id: ConversationId }),
  output: Type.Null(),
  success: 204,
  budget: 'write',
  refusals: ['not_found'],
})

export const readConversation = endpoint({
  name: 'conversations.read',
  summary: 'You have read up to this message seq. Never goes back.',
  auth: 'session',
  input: closed({ conversation_id: ConversationId, seq: Seq }),
  output: Conversation,
  success: 200,
  budget: 'write',
  refusals: ['not_found'],
})

export const acceptRequest = endpoint({
  name: 'conversations.accept',
  summary: 'Accept a request: the conversation moves to your inbox, and both of you can write.',
  auth: 'session',
  input: closed({ conversation_id: ConversationId }),
  output: Conversation,
  success: 200,
  budget: 'write',
  refusals: ['not_found'],
})

export const declineRequest = endpoint({
  name: 'conversations.decline',
  summary: 'Decline a request: it is gone for you. Whoever wrote it notices nothing.',
  auth: 'session',
  input: closed({ conversation_id: ConversationId }),
  output: Type.Null(),
  success: 204,
  budget: 'write',
  refusals: ['not_found'],
})

export const declineAllRequests = endpoint({
  name: 'conversations.decline_all',
  summary: 'Decline all requests.',
  auth: 'session',
  input: Empty,
  output: Type.Null(),
  success: 204,
  budget: 'write',
  refusals: [],
})

export const typing = endpoint({
  name: 'conversations.typing',
  summary: 'You are typing; shown to the others for six seconds.',
  auth: 'session',
  input: closed({ conversation_id: ConversationId }),
  output: Type.Null(),
  success: 204,
  budget: 'write',
  refusals: ['not_found'],
})
