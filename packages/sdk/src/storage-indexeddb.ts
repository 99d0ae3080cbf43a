import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import {
  emptyMeta,
  keptOnReset,
  keyPaths,
  StorageMovedOn,
  tableNames,
  type Batch,
  type Meta,
  type Storage,
  type Stored,
  type Tables,
} from './storage.ts'
import { createMemoryStorage } from './storage-memory.ts'

/** Raised with every change of the stores; an upgrade drops the copy, which a snapshot refills. */
const SCHEMA_VERSION = 1
/** How long another tab with an older schema may keep us waiting, ms. */
const OPEN_DEADLINE = 3000

interface Schema extends DBSchema {
  meta: { key: string; value: number | Meta }
  conversations: { key: string; value: Tables['conversations'] }
  messages: { key: string; value: Tables['messages'] }
  outbox: { key: string; value: Tables['outbox'] }
  drafts: { key: string; value: Tables['drafts'] }
  read_marks: { key: string; value: Tables['read_marks'] }
}

const allStores = ['meta', ...tableNames] as const

/**
 * The local copy of a browser. Where IndexedDB cannot be opened (some private windows, blocked site
 * data) it is kept in memory instead, so that the app works and remembers nothing.
 *
 * @param name of the database: one for each account on this device, for instance its id.
 */
export async function openBrowserStorage(name: string): Promise<Storage> {
  try {
    return await openIndexedDbStorage(name)
  } catch {
    return createMemoryStorage()
  }
}

/** @throws DOMException — IndexedDB is missing, forbidden, or held by another tab. */
export async function openIndexedDbStorage(name: string): Promise<Storage> {
  let opened: Promise<IDBPDatabase<Schema>> | null = null
  const forget = () => {
    opened = null
  }
  const database = () => {
    opened ??= open(name, forget).catch((error: unknown) => {
      forget()
      throw error
    })
    return opened
  }
  await database()
  return {
    sharedAs: name,
    load: async () => load(await database()),
    write: async (batch) => write(await database(), batch),
    async close() {
      const closing = opened
      forget()
      if (closing !== null) (await closing).close()
    },
  }
}

async function open(name: string, lost: () => void): Promise<IDBPDatabase<Schema>> {
  const opening = openDB<Schema>(name, SCHEMA_VERSION, {
    upgrade(db) {
      for (const store of db.objectStoreNames) db.deleteObjectStore(store)
      db.createObjectStore('meta')
      for (const table of tableNames) db.createObjectStore(table, { keyPath: keyPaths[table] })
    },
    // A newer version of the app in another tab must not wait for this one.
    blocking: (_current, _blocked, event) => {
      const { target } = event
      if (target instanceof IDBDatabase) target.close()
      lost()
    },
    // The browser took it away (storage pressure, site data cleared): the next use opens anew.
    terminated: lost,
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new DOMException('IndexedDB did not open.', 'TimeoutError')),
      OPEN_DEADLINE,
    )
  })
  try {
    return await Promise.race([opening, late])
  } catch (error) {
    void opening.then((db) => db.close()).catch(() => undefined)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function load(db: IDBPDatabase<Schema>): Promise<Stored> {
  const tx = db.transaction(allStores, 'readonly')
  const [revision, meta, conversations, messages, outbox, drafts, read_marks] = await Promise.all([
    tx.objectStore('meta').get('revision'),
    tx.objectStore('meta').get('meta'),
    tx.objectStore('conversations').getAll(),
    tx.objectStore('messages').getAll(),
    tx.objectStore('outbox').getAll(),
    tx.objectStore('drafts').getAll(),
    tx.objectStore('read_marks').getAll(),
    tx.done,
  ])
  return {
    revision: typeof revision === 'number' ? revision : 0,
    meta: typeof meta === 'object' ? meta : emptyMeta,
    rows: { conversations, messages, outbox, drafts, read_marks },
  }
}

async function write(db: IDBPDatabase<Schema>, batch: Batch): Promise<void> {
  // `strict`: what is acknowledged to the server is on disk (S10). A lost draft is no broken promise.
  const onlyDrafts =
    batch.meta === null &&
    batch.wipe === 'nothing' &&
    tableNames.every((table) => table === 'drafts' || batch.rows[table].size === 0)
  const tx = db.transaction(allStores, 'readwrite', {
    durability: onlyDrafts ? 'relaxed' : 'strict',
  })
  const aborted = tx.done.then(
    () => null,
    (error: unknown) => error,
  )
  const meta = tx.objectStore('meta')
  const stored = (await meta.get('revision')) ?? 0
  if (stored !== batch.revision) {
    tx.abort()
    await aborted
    throw new StorageMovedOn()
  }
  // Requests are not awaited one by one: a failing one aborts the transaction, which `aborted` tells.
  const requests: Promise<unknown>[] = []
  try {
    requests.push(meta.put(batch.revision + 1, 'revision'))
    if (batch.wipe !== 'nothing') {
      requests.push(meta.delete('meta'))
      for (const table of tableNames)
        if (batch.wipe === 'all' || !keptOnReset.has(table))
          requests.push(tx.objectStore(table).clear())
    }
    if (batch.meta !== null) requests.push(meta.put(batch.meta, 'meta'))
    for (const table of tableNames) {
      const store = tx.objectStore(table)
      for (const [key, row] of batch.rows[table])
        requests.push(row === null ? store.delete(key) : store.put(row))
    }
  } catch (error) {
    // What cannot be cloned throws at once; what was asked for before it must not be committed.
    tx.abort()
    await Promise.allSettled([...requests, aborted])
    throw error
  }
  const failed = (await Promise.allSettled(requests)).find((result) => result.status === 'rejected')
  const reason = await aborted
  if (reason !== null) throw failed?.reason ?? reason
}
