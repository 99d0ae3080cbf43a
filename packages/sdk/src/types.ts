import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Me, Profile } from '@takeback/protocol/endpoints/accounts.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId, ClientId, ConversationId, MessageId } from '@takeback/protocol/ids.ts'
import type { Problem } from '@takeback/protocol/refusals.ts'
import type { Client } from './client.ts'

/**
 * `offline`: no network, or the service does not answer; a retry is due at `retry_at` (Unix ms).
 * `signed_out`: the session ended (`reason` says how); the local copy has been wiped.
 */
export type Connection =
  | { state: 'connecting' }
  | { state: 'online' }
  | { state: 'offline'; retry_at: number | null }
  | { state: 'signed_out'; reason: Problem }

/**
 * queued: waits for a connection · sending: on its way · failed: refused, for the reason given.
 * Once sent, the entry leaves the outbox in the same local transaction that stores the message.
 */
export interface OutboxEntry {
  client_id: ClientId
  conversation_id: ConversationId
  text: string
  created_at: number
  status: 'queued' | 'sending' | 'failed'
  reason: Problem | null
  attempts: number
}

/** What the mark beside my own message says. */
export type MessageStatus = 'sent' | 'delivered' | 'read'

/** What has changed since the last notice; readers re-read what they show of it. */
export interface Change {
  /** Something anywhere may have changed: loaded, reset, signed out. */
  everything?: true
  connection?: true
  me?: true
  conversations?: ReadonlySet<ConversationId>
  /** Conversations whose messages, outbox entries or typing people changed. */
  messages?: ReadonlySet<ConversationId>
  relations?: ReadonlySet<AccountId>
}

/**
 * One signed-in device: its replica, its outbox, its line to the service. All readers are
 * synchronous views of memory; all writers return once the intent is durable locally.
 * Refusals reject with `Refusal`.
 */
export interface Takeback {
  readonly client: Client
  /** Loads the local copy, elects a leader among tabs, connects. Resolves when local data can be read. */
  start(): Promise<void>
  /** Closes the line, keeps the local copy. */
  stop(): Promise<void>
  /** Revokes this session (best effort when offline) and wipes the local copy. */
  signOut(): Promise<void>
  subscribe(listener: (change: Change) => void): () => void

  connection(): Connection
  me(): Me | null
  /** True until the first snapshot or local copy has been loaded. */
  loading(): boolean
  /** Not hidden, of this folder, by latest activity. */
  conversations(folder?: Conversation['folder']): readonly Conversation[]
  conversation(id: ConversationId): Conversation | null
  /** What is held of a conversation's history without a gap up to now, by seq; tombstones included. */
  messages(id: ConversationId): readonly Message[]
  /** Whether older messages may exist on the server. */
  hasOlder(id: ConversationId): boolean
  /** Loads the page before the oldest held message (or the newest page). */
  loadOlder(id: ConversationId): Promise<void>
  outbox(id: ConversationId): readonly OutboxEntry[]
  draft(id: ConversationId): string
  /** Accounts typing now in this conversation. */
  typing(id: ConversationId): readonly AccountId[]
  /** A profile as the log last told it, if it has since start. */
  relation(id: AccountId): Profile | null
  /** Status of one of my own sent messages, from the other members' marks. */
  statusOf(message: Message): MessageStatus

  /** Puts a message into the outbox; it goes out by itself, once (S9). */
  send(id: ConversationId, text: string): Promise<ClientId>
  /** Tries a failed entry again under the same client id. */
  retry(id: ClientId): Promise<void>
  /** Takes an entry out of the outbox and returns its text; null if it has already been sent. */
  cancel(id: ClientId): Promise<string | null>
  setDraft(id: ConversationId, text: string): Promise<void>
  /** The conversation with a person, made if there is none; the answer is also stored. */
  open(accountId: AccountId): Promise<ConversationId>
  edit(id: MessageId, text: string): Promise<void>
  unsend(id: MessageId): Promise<void>
  deleteForMe(id: MessageId): Promise<void>
  deleteThread(id: ConversationId): Promise<void>
  /** I have seen everything up to this seq. Coalesced; survives being offline. */
  markRead(id: ConversationId, seq: number): void
  /** I am typing; sent at most every three seconds. */
  notifyTyping(id: ConversationId): void
}
