import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import type { LocalCopy } from './local-copy.ts'
import {
  emptyMeta,
  isRemoved,
  keptOnReset,
  keyOf,
  tableNames,
  type Batch,
  type Meta,
  type TableName,
  type Tables,
} from './storage.ts'

/**
 * A change in the making: reads see the local copy with the change upon it, and nothing else sees
 * the change until storage has taken all of it.
 */
export class Patch {
  readonly #base: LocalCopy
  #wipe: Batch['wipe'] = 'nothing'
  #meta: Meta | null = null
  readonly #rows: { [T in TableName]: Map<string, Tables[T] | null> } = {
    conversations: new Map(),
    messages: new Map(),
    outbox: new Map(),
    drafts: new Map(),
    read_marks: new Map(),
  }

  constructor(base: LocalCopy) {
    this.#base = base
  }

  get generation(): number {
    return this.#base.generation
  }

  get meta(): Meta {
    return this.#meta ?? (this.#wipe === 'nothing' ? this.#base.meta : emptyMeta)
  }

  setMeta(changed: Partial<Meta>): void {
    this.#meta = { ...this.meta, ...changed }
  }

  get<T extends TableName>(table: T, key: string): Tables[T] | undefined {
    const changed = this.#rows[table].get(key)
    if (changed !== undefined) return changed ?? undefined
    return this.#wiped(table) ? undefined : this.#base.get(table, key)
  }

  all<T extends TableName>(table: T): Tables[T][] {
    const rows: Tables[T][] = []
    for (const row of this.#rows[table].values()) if (row !== null) rows.push(row)
    if (this.#wiped(table)) return rows
    for (const row of this.#base.all(table))
      if (!this.#rows[table].has(keyOf[table](row))) rows.push(row)
    return rows
  }

  /** Held messages of a conversation with a seq up to and including this one, in no order. */
  messagesThrough(id: ConversationId, seq: number): Message[] {
    const found: Message[] = []
    for (const row of this.#rows.messages.values())
      if (row !== null && row.conversation_id === id && !isRemoved(row) && row.seq <= seq)
        found.push(row)
    if (this.#wiped('messages')) return found
    for (const row of this.#base.messagesOf(id)) {
      if (row.seq > seq) break
      if (!this.#rows.messages.has(row.id)) found.push(row)
    }
    return found
  }

  /** Of the newest message that is held of a conversation; null if none is. */
  newestSeq(id: ConversationId): number | null {
    const base = this.#wiped('messages') ? undefined : this.#base.messagesOf(id).at(-1)
    let newest = base?.seq ?? null
    for (const row of this.#rows.messages.values())
      if (row !== null && row.conversation_id === id && !isRemoved(row))
        newest = Math.max(newest ?? 0, row.seq)
    return newest
  }

  put<T extends TableName>(table: T, row: Tables[T]): void {
    this.#rows[table].set(keyOf[table](row), row)
  }

  delete(table: TableName, key: string): void {
    if (this.get(table, key) !== undefined) this.#rows[table].set(key, null)
  }

  wipe(what: 'replica' | 'all'): void {
    if (this.#wipe !== 'all') this.#wipe = what
    this.#meta = null
    for (const table of tableNames) if (this.#wiped(table)) this.#rows[table].clear()
  }

  get isEmpty(): boolean {
    return (
      this.#wipe === 'nothing' &&
      this.#meta === null &&
      tableNames.every((table) => this.#rows[table].size === 0)
    )
  }

  toBatch(): Batch {
    return {
      revision: this.#base.revision,
      wipe: this.#wipe,
      meta: this.#meta,
      rows: this.#rows,
    }
  }

  #wiped(table: TableName): boolean {
    return this.#wipe === 'all' || (this.#wipe === 'replica' && !keptOnReset.has(table))
  }
}
