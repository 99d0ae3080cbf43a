import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import {
  emptyMeta,
  isRemoved,
  keptOnReset,
  keyOf,
  tableNames,
  type Batch,
  type Meta,
  type Stored,
  type StoredMessage,
  type TableName,
  type Tables,
} from './storage.ts'
import type { Change } from './types.ts'

type RowsByKey = { [T in TableName]: Map<string, Tables[T]> }

/**
 * The local copy in memory: what storage holds, indexed for reading. It changes only by batches
 * that storage has taken, so what is shown is what a reload would show.
 */
export class LocalCopy {
  revision = 0
  /** Rises with each wipe and reload. An answer asked for under another number is not applied. */
  generation = 0
  meta: Meta = emptyMeta
  readonly #rows: RowsByKey = {
    conversations: new Map(),
    messages: new Map(),
    outbox: new Map(),
    drafts: new Map(),
    read_marks: new Map(),
  }
  /** Messages that are there, by seq. */
  readonly #bySeq = new Map<ConversationId, Message[]>()

  get<T extends TableName>(table: T, key: string): Tables[T] | undefined {
    return this.#rows[table].get(key)
  }

  all<T extends TableName>(table: T): Iterable<Tables[T]> {
    return this.#rows[table].values()
  }

  /** Every held message of a conversation by seq, tombstones included, gaps unmarked. */
  messagesOf(id: ConversationId): readonly Message[] {
    return this.#bySeq.get(id) ?? []
  }

  /** Takes over what storage holds, whatever was here. */
  replace(stored: Stored): Change {
    this.#wipe('all')
    this.revision = stored.revision
    this.meta = stored.meta
    const take = <T extends TableName>(table: T, rows: readonly Tables[T][]) => {
      for (const row of rows) this.#rows[table].set(keyOf[table](row), row)
    }
    for (const table of tableNames) take(table, stored.rows[table])
    for (const message of stored.rows.messages)
      if (!isRemoved(message)) this.#rowsOf(message.conversation_id).push(message)
    for (const messages of this.#bySeq.values()) messages.sort((a, b) => a.seq - b.seq)
    return { everything: true }
  }

  /** Follows a batch that storage has taken; says what readers have to read again. */
  apply(batch: Batch): Change {
    if (batch.wipe !== 'nothing') this.#wipe(batch.wipe)
    this.revision = batch.revision + 1
    const me = batch.meta !== null && batch.meta.me !== this.meta.me
    if (batch.meta !== null) this.meta = batch.meta
    const touched = new Set<ConversationId>()
    for (const [id, row] of batch.rows.messages) this.#setMessage(id, row, touched)
    this.#set('conversations', batch.rows.conversations, (row) => touched.add(row.id))
    this.#set('outbox', batch.rows.outbox, (row) => touched.add(row.conversation_id))
    const beside = new Set<ConversationId>()
    this.#set('drafts', batch.rows.drafts, (row) => beside.add(row.conversation_id))
    this.#set('read_marks', batch.rows.read_marks, (row) => beside.add(row.conversation_id))
    if (batch.wipe !== 'nothing') return { everything: true }
    return {
      ...(me ? { me: true } : {}),
      ...(touched.size + beside.size > 0
        ? { conversations: new Set([...touched, ...beside]) }
        : {}),
      ...(touched.size > 0 ? { messages: touched } : {}),
    }
  }

  #set<T extends TableName>(
    table: T,
    changed: ReadonlyMap<string, Tables[T] | null>,
    touch: (row: Tables[T]) => void,
  ): void {
    for (const [key, row] of changed) {
      const before = this.#rows[table].get(key)
      if (row === null) this.#rows[table].delete(key)
      else this.#rows[table].set(key, row)
      const seen = row ?? before
      if (seen !== undefined) touch(seen)
    }
  }

  #setMessage(id: string, row: StoredMessage | null, touched: Set<ConversationId>): void {
    const before = this.#rows.messages.get(id)
    if (row === null) this.#rows.messages.delete(id)
    else this.#rows.messages.set(id, row)
    if (before !== undefined && !isRemoved(before)) this.#unlist(before)
    if (row !== null && !isRemoved(row)) this.#list(row)
    const seen = row ?? before
    if (seen !== undefined) touched.add(seen.conversation_id)
  }

  #list(message: Message): void {
    const messages = this.#rowsOf(message.conversation_id)
    messages.splice(placeOf(messages, message.seq), 0, message)
  }

  #unlist(message: Message): void {
    const messages = this.#rowsOf(message.conversation_id)
    const place = placeOf(messages, message.seq)
    if (messages[place]?.id === message.id) messages.splice(place, 1)
  }

  #rowsOf(id: ConversationId): Message[] {
    let messages = this.#bySeq.get(id)
    if (messages === undefined) {
      messages = []
      this.#bySeq.set(id, messages)
    }
    return messages
  }

  #wipe(what: 'replica' | 'all'): void {
    this.generation++
    this.meta = emptyMeta
    this.#bySeq.clear()
    for (const table of tableNames)
      if (what === 'all' || !keptOnReset.has(table)) this.#rows[table].clear()
  }
}

/** Index of the first message with this seq or a higher one. */
export function placeOf(messages: readonly Message[], seq: number): number {
  let low = 0
  let high = messages.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((messages[middle]?.seq ?? Infinity) < seq) low = middle + 1
    else high = middle
  }
  return low
}
