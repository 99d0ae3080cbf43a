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
      if (!isRemoved(message)) listOf(this.#bySeq, message.conversation_id).push(message)
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
    this.#setMessages(batch.rows.messages, touched)
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

  #setMessages(
    changed: ReadonlyMap<string, StoredMessage | null>,
    touched: Set<ConversationId>,
  ): void {
    const added = new Map<ConversationId, Message[]>()
    const gone = new Map<ConversationId, Message[]>()
    for (const [id, row] of changed) {
      const before = this.#rows.messages.get(id)
      if (row === null) this.#rows.messages.delete(id)
      else this.#rows.messages.set(id, row)
      const seen = row ?? before
      if (seen !== undefined) touched.add(seen.conversation_id)
      const old = before === undefined || isRemoved(before) ? null : before
      const now = row === null || isRemoved(row) ? null : row
      if (old !== null && now !== null) this.#exchange(old, now)
      else if (old !== null) listOf(gone, old.conversation_id).push(old)
      else if (now !== null) listOf(added, now.conversation_id).push(now)
    }
    for (const [id, messages] of gone) this.#unlist(id, messages)
    for (const [id, messages] of added) this.#list(id, messages)
  }

  /** Another version of a message: its place never changes (O1). */
  #exchange(old: Message, now: Message): void {
    const held = listOf(this.#bySeq, now.conversation_id)
    const place = placeOf(held, now.seq)
    if (held[place] === old) held[place] = now
  }

  // However much of a conversation is held, room is made once for a whole page.

  #list(id: ConversationId, added: Message[]): void {
    added.sort((a, b) => a.seq - b.seq)
    const held = listOf(this.#bySeq, id)
    const place = placeOf(held, added[0]?.seq ?? 0)
    if (place === placeOf(held, added.at(-1)?.seq ?? 0))
      this.#bySeq.set(id, held.slice(0, place).concat(added, held.slice(place)))
    else for (const message of added) held.splice(placeOf(held, message.seq), 0, message)
  }

  #unlist(id: ConversationId, gone: readonly Message[]): void {
    const left = new Set(gone)
    const held = listOf(this.#bySeq, id)
    this.#bySeq.set(
      id,
      held.filter((message) => !left.has(message)),
    )
  }

  #wipe(what: 'replica' | 'all'): void {
    this.generation++
    this.meta = emptyMeta
    this.#bySeq.clear()
    for (const table of tableNames)
      if (what === 'all' || !keptOnReset.has(table)) this.#rows[table].clear()
  }
}

function listOf(lists: Map<ConversationId, Message[]>, id: ConversationId): Message[] {
  let list = lists.get(id)
  if (list === undefined) {
    list = []
    lists.set(id, list)
  }
  return list
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
