/** What every storage must do; one body, registered for each adapter. */
import 'fake-indexeddb/auto'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { anna, chat, clientId, conversation, epoch, me, message, phone } from '../test/samples.ts'
import { openBrowserStorage, openIndexedDbStorage } from './storage-indexeddb.ts'
import { createMemoryStorage } from './storage-memory.ts'
import {
  emptyMeta,
  StorageMovedOn,
  type Batch,
  type Meta,
  type Storage,
  type StoredConversation,
  type StoredEntry,
  type StoredMessage,
} from './storage.ts'

const meta: Meta = { cursor: { epoch, seq: 7 }, me, device_id: phone, contact_at: 5 }

const { last_message: _none, ...fields } = conversation()
const storedConversation: StoredConversation = {
  ...fields,
  last_message_id: null,
  history_from: null,
  has_older: true,
}

const entry: StoredEntry = {
  client_id: clientId('one'),
  conversation_id: chat,
  text: 'on its way',
  created_at: 1,
  status: 'queued',
  reason: null,
  attempts: 0,
  order: 1,
}

const batch = (revision: number, changed: Partial<Batch> = {}): Batch => ({
  revision,
  wipe: 'nothing',
  meta: null,
  rows: noRows,
  ...changed,
})

const noRows: Batch['rows'] = {
  conversations: new Map(),
  messages: new Map(),
  outbox: new Map(),
  drafts: new Map(),
  read_marks: new Map(),
}

const everything: Batch['rows'] = {
  conversations: new Map([[chat, storedConversation]]),
  messages: new Map<string, StoredMessage>([[message(1).id, message(1)]]),
  outbox: new Map([[entry.client_id, entry]]),
  drafts: new Map([[chat, { conversation_id: chat, text: 'half a sen' }]]),
  read_marks: new Map([[chat, { conversation_id: chat, seq: 1 }]]),
}

let databases = 0
const adapters: Record<string, () => Promise<Storage>> = {
  memory: () => Promise.resolve(createMemoryStorage()),
  IndexedDB: () => openIndexedDbStorage(`contract-${++databases}`),
}

for (const [name, open] of Object.entries(adapters))
  describe(`storage in ${name}`, () => {
    test('starts empty', async () => {
      const stored = await (await open()).load()
      assert.equal(stored.revision, 0)
      assert.deepEqual(stored.meta, emptyMeta)
      assert.deepEqual(stored.rows.messages, [])
    })

    test('S4: rows and cursor of a batch are written together', async () => {
      const storage = await open()
      await storage.write(batch(0, { meta, rows: everything }))
      const stored = await storage.load()
      assert.equal(stored.revision, 1)
      assert.deepEqual(stored.meta, meta)
      assert.deepEqual(stored.rows.conversations, [storedConversation])
      assert.deepEqual(stored.rows.messages, [message(1)])
      assert.deepEqual(stored.rows.outbox, [entry])
      assert.deepEqual(stored.rows.read_marks, [{ conversation_id: chat, seq: 1 }])
    })

    test('a null row is deleted, the last put of a key stays', async () => {
      const storage = await open()
      await storage.write(batch(0, { rows: everything }))
      const edited = message(1, { version: 2, text: 'edited' })
      const rows = { ...noRows, messages: new Map<string, StoredMessage>([[edited.id, edited]]) }
      await storage.write(batch(1, { rows }))
      assert.deepEqual((await storage.load()).rows.messages, [edited])
      await storage.write(batch(2, { rows: { ...noRows, messages: new Map([[edited.id, null]]) } }))
      assert.deepEqual((await storage.load()).rows.messages, [])
    })

    test('S7: wiping the replica keeps outbox and drafts, and only them', async () => {
      const storage = await open()
      await storage.write(batch(0, { meta, rows: everything }))
      await storage.write(batch(1, { wipe: 'replica' }))
      const { meta: left, rows } = await storage.load()
      assert.deepEqual(left, emptyMeta)
      assert.deepEqual(rows.conversations, [])
      assert.deepEqual(rows.messages, [])
      assert.deepEqual(rows.read_marks, [])
      assert.deepEqual(rows.outbox, [entry])
      assert.equal(rows.drafts.length, 1)
    })

    test('S8: wiping all leaves nothing', async () => {
      const storage = await open()
      await storage.write(batch(0, { meta, rows: everything }))
      await storage.write(batch(1, { wipe: 'all' }))
      const stored = await storage.load()
      assert.deepEqual(stored.meta, emptyMeta)
      assert.deepEqual(Object.values(stored.rows).flat(), [])
    })

    test('a wipe comes before the rows of its batch', async () => {
      const storage = await open()
      await storage.write(batch(0, { meta, rows: everything }))
      const rows = { ...noRows, messages: new Map<string, StoredMessage>([['x', message(2)]]) }
      await storage.write(batch(1, { wipe: 'replica', meta, rows }))
      const stored = await storage.load()
      assert.deepEqual(stored.meta, meta)
      assert.deepEqual(stored.rows.messages, [message(2)])
    })

    test('somebody who has not seen the last write cannot write: two tabs never race', async () => {
      const storage = await open()
      await storage.write(batch(0, { meta }))
      await assert.rejects(storage.write(batch(0, { rows: everything })), StorageMovedOn)
      await assert.rejects(storage.write(batch(2, { rows: everything })), StorageMovedOn)
      const stored = await storage.load()
      assert.equal(stored.revision, 1)
      assert.deepEqual(stored.rows.messages, [])
    })
  })

test('IndexedDB: what was written is there after closing and opening again', async () => {
  const first = await openIndexedDbStorage('reopened')
  await first.write(batch(0, { meta, rows: everything }))
  await first.close()
  const second = await openIndexedDbStorage('reopened')
  assert.deepEqual((await second.load()).rows.outbox, [entry])
  assert.equal(second.sharedAs, 'reopened')
})

test('IndexedDB: a row that cannot be stored leaves nothing of its batch behind', async () => {
  const storage = await openIndexedDbStorage('atomic')
  const bad = { ...message(2), text: (() => {}) as unknown as string }
  const messages = new Map<string, StoredMessage>([
    ['1', message(1)],
    ['2', bad],
  ])
  await assert.rejects(storage.write(batch(0, { meta, rows: { ...noRows, messages } })))
  const stored = await storage.load()
  assert.equal(stored.revision, 0)
  assert.deepEqual(stored.rows.messages, [])
  assert.equal(stored.meta.me, null)
})

test('databases of different names know nothing of each other', async () => {
  const mine = await openIndexedDbStorage(`account-${anna}`)
  await mine.write(batch(0, { meta }))
  const theirs = await openIndexedDbStorage('account-other')
  assert.equal((await theirs.load()).meta.me, null)
})

test('where IndexedDB cannot be opened the copy is kept in memory, shared with nobody', async (context) => {
  context.mock.method(indexedDB, 'open', () => {
    throw new DOMException('Forbidden in this window.', 'SecurityError')
  })
  const storage = await openBrowserStorage('private')
  assert.equal(storage.sharedAs, null)
  await storage.write(batch(0, { meta }))
  assert.deepEqual((await storage.load()).meta, meta)
})
