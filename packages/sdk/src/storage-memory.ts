import {
  emptyMeta,
  keptOnReset,
  StorageMovedOn,
  tableNames,
  type Batch,
  type Meta,
  type Storage,
  type Stored,
  type TableName,
  type Tables,
} from './storage.ts'

export interface MemoryStorageOptions {
  /** See `Storage.sharedAs`; for several devices of a test that play tabs of one browser. */
  sharedAs?: string
}

/** A local copy that lives as long as the object: for Node, tests, and browsers without storage. */
export function createMemoryStorage(options: MemoryStorageOptions = {}): Storage {
  let revision = 0
  let meta: Meta = emptyMeta
  const rows: { [T in TableName]: Map<string, Tables[T]> } = {
    conversations: new Map(),
    messages: new Map(),
    outbox: new Map(),
    drafts: new Map(),
    read_marks: new Map(),
  }

  const write = <T extends TableName>(table: T, changed: Batch['rows'][T]) => {
    for (const [key, row] of changed) {
      if (row === null) rows[table].delete(key)
      else rows[table].set(key, row)
    }
  }

  return {
    sharedAs: options.sharedAs ?? null,
    load: () =>
      Promise.resolve<Stored>({
        revision,
        meta,
        rows: {
          conversations: [...rows.conversations.values()],
          messages: [...rows.messages.values()],
          outbox: [...rows.outbox.values()],
          drafts: [...rows.drafts.values()],
          read_marks: [...rows.read_marks.values()],
        },
      }),
    write(batch) {
      if (batch.revision !== revision) return Promise.reject(new StorageMovedOn())
      revision++
      if (batch.wipe !== 'nothing') {
        meta = emptyMeta
        for (const table of tableNames)
          if (batch.wipe === 'all' || !keptOnReset.has(table)) rows[table].clear()
      }
      if (batch.meta !== null) meta = batch.meta
      for (const table of tableNames) write(table, batch.rows[table])
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
  }
}
