import type { Me } from '@takeback/protocol/endpoints/accounts.ts'
import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { Cursor } from '@takeback/protocol/events.ts'
import type { ConversationId, DeviceId, MessageId } from '@takeback/protocol/ids.ts'
import type { OutboxEntry } from './types.ts'

/** What a device knows about itself. */
export interface Meta {
  /** Null: no snapshot has been applied since the last wipe. */
  readonly cursor: Cursor | null
  readonly me: Me | null
  readonly device_id: DeviceId | null
  /** When the service was last heard, Unix ms; the local copy is a lease from then on (S8). */
  readonly contact_at: number
}

export const emptyMeta: Meta = { cursor: null, me: null, device_id: null, contact_at: 0 }

/**
 * A conversation without its `last_message`: that is named, not held, so that a text stands in one
 * place only and wiping it there wipes it from the preview too (U2).
 */
export interface StoredConversation extends Omit<Conversation, 'last_message'> {
  readonly last_message_id: MessageId | null
  /** Every message from this seq on is held; null: not known of any. */
  readonly history_from: number | null
  /** False once the server said that there is nothing before `history_from`. */
  readonly has_older: boolean
}

/** What stays of a message that is gone without a line: enough that no stale page brings it back. */
export interface RemovedMessage {
  readonly id: MessageId
  readonly conversation_id: ConversationId
  readonly removed: true
}

export type StoredMessage = Message | RemovedMessage

export const isRemoved = (message: StoredMessage): message is RemovedMessage => 'removed' in message

/** `sending` is never stored: what was on its way when the app ended is queued again. */
export interface StoredEntry extends Omit<OutboxEntry, 'status'> {
  readonly status: 'queued' | 'failed'
  /** Rises with every entry: the order in which they go out, whatever the clock does. */
  readonly order: number
}

export interface StoredDraft {
  readonly conversation_id: ConversationId
  readonly text: string
}

/** How far I have read, not yet known to the server. */
export interface ReadMark {
  readonly conversation_id: ConversationId
  readonly seq: number
}

export interface Tables {
  conversations: StoredConversation
  messages: StoredMessage
  outbox: StoredEntry
  drafts: StoredDraft
  read_marks: ReadMark
}
export type TableName = keyof Tables

export const tableNames = [
  'conversations',
  'messages',
  'outbox',
  'drafts',
  'read_marks',
] as const satisfies readonly TableName[]

/** The property that is a table's key. */
export const keyPaths = {
  conversations: 'id',
  messages: 'id',
  outbox: 'client_id',
  drafts: 'conversation_id',
  read_marks: 'conversation_id',
} as const satisfies { [T in TableName]: keyof Tables[T] }

export const keyOf: { readonly [T in TableName]: (row: Tables[T]) => string } = {
  conversations: (row) => row.id,
  messages: (row) => row.id,
  outbox: (row) => row.client_id,
  drafts: (row) => row.conversation_id,
  read_marks: (row) => row.conversation_id,
}

/** What a reset keeps (S7): words of mine that are nowhere else. */
export const keptOnReset: ReadonlySet<TableName> = new Set<TableName>(['outbox', 'drafts'])

export interface Stored {
  /** Number of writes so far. */
  readonly revision: number
  readonly meta: Meta
  readonly rows: { readonly [T in TableName]: readonly Tables[T][] }
}

/** One atomic change of the local copy. Plain data, so that it can also be told to other tabs. */
export interface Batch {
  /** The revision this was computed from; once written, the stored one is one higher. */
  readonly revision: number
  /** Done first. `replica`: everything but outbox and drafts (S7). */
  readonly wipe: 'nothing' | 'replica' | 'all'
  /** Null: unchanged. */
  readonly meta: Meta | null
  /** Rows by key; null deletes. */
  readonly rows: { readonly [T in TableName]: ReadonlyMap<string, Tables[T] | null> }
}

/**
 * Where a device keeps its local copy. One port, two adapters: memory and IndexedDB, held to the
 * same contract tests.
 */
export interface Storage {
  /**
   * Name under which other tabs reach the very same data, so that they elect a leader; null if
   * nobody else can.
   */
  readonly sharedAs: string | null
  load(): Promise<Stored>
  /**
   * Writes all of the batch or nothing, durably once resolved.
   * @throws StorageMovedOn — somebody else wrote (or cleared) since `batch.revision`; load again.
   */
  write(batch: Batch): Promise<void>
  close(): Promise<void>
}

export class StorageMovedOn extends Error {
  constructor() {
    super('The local copy was written by somebody else meanwhile.')
    this.name = 'StorageMovedOn'
  }
}
