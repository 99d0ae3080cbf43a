import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Input } from '@takeback/protocol/endpoints/registry.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { createTestClock } from '../test/clock.ts'
import { startReplica } from '../test/replica.ts'
import { anna, chat, clientId, message, tombstone } from '../test/samples.ts'
import { settle, until } from '../test/until.ts'
import { createOutbox } from './outbox.ts'
import { createMemoryStorage } from './storage-memory.ts'

/** An outbox whose sends the test answers one by one. */
async function createTestOutbox(storage = createMemoryStorage()) {
  const replica = await startReplica(undefined, storage)
  const clock = createTestClock()
  const line = { up: true }
  const tries: {
    data: Input<'messages.send'>
    answer(message: Message): void
    refuse(refusal: Refusal): void
  }[] = []
  const outbox = createOutbox({
    store: replica.store,
    clock,
    random: () => 0.5,
    isOnline: () => line.up,
    sending: () => {},
    send: (data) =>
      new Promise((answer, refuse) => {
        tries.push({ data, answer, refuse })
      }),
  })
  return {
    ...replica,
    outbox,
    clock,
    line,
    tries,
    async attempt(number: number) {
      await until(`attempt ${number}`, () => tries.length >= number)
      const found = tries[number - 1]
      if (found === undefined) throw new Error('No such attempt.')
      return found
    },
    entries: () => replica.views.outbox(chat),
  }
}

const sent = (data: Input<'messages.send'>, seq: number): Message =>
  message(seq, { sender_id: anna, client_id: data.client_id, text: data.text })

test('once sent, message and entry change places in one write', async () => {
  const { outbox, attempt, entries, texts, storage } = await createTestOutbox()
  await outbox.enqueue(clientId('a'), chat, 'hello')
  const first = await attempt(1)
  const { revision } = await storage.load()
  first.answer(sent(first.data, 1))
  await until('it left the outbox', () => entries().length === 0)
  assert.deepEqual(texts(chat), ['hello'])
  assert.equal((await storage.load()).revision, revision + 1)
})

test('A2: a try of which nothing was heard is made again under the same client id', async () => {
  const { outbox, attempt, entries, clock } = await createTestOutbox()
  await outbox.enqueue(clientId('a'), chat, 'hello')
  const first = await attempt(1)
  first.refuse(new Refusal('network_unreachable'))
  await until('it is queued again', () => entries()[0]?.attempts === 1)
  assert.equal(entries()[0]?.status, 'queued')
  assert.equal(entries()[0]?.reason?.code, 'network_unreachable')
  clock.advance(30_000)
  const second = await attempt(2)
  assert.deepEqual(second.data, first.data)
})

test('messages of a conversation go out in the order they were written, one at a time', async () => {
  const { outbox, attempt, tries, entries } = await createTestOutbox()
  for (const text of ['one', 'two', 'three']) await outbox.enqueue(clientId(text), chat, text)
  for (const [index, text] of ['one', 'two', 'three'].entries()) {
    const each = await attempt(index + 1)
    await settle()
    assert.equal(tries.length, index + 1, 'nothing overtakes')
    assert.equal(each.data.text, text)
    each.answer(sent(each.data, index + 1))
  }
  await until('all are sent', () => entries().length === 0)
})

test('a refusal that time heals holds the conversation back, so that nothing overtakes', async () => {
  const { outbox, attempt, tries, clock } = await createTestOutbox()
  await outbox.enqueue(clientId('one'), chat, 'one')
  await outbox.enqueue(clientId('two'), chat, 'two')
  const first = await attempt(1)
  first.refuse(new Refusal('rate_limited', { retry_after: 40 }))
  await settle()
  clock.advance(39_000)
  await settle()
  assert.equal(tries.length, 1, 'retry_after is honoured')
  clock.advance(1_000)
  assert.equal((await attempt(2)).data.text, 'one')
})

test('E1: a refusal by policy is kept with its reason and lets the next message go', async () => {
  const { outbox, attempt, entries } = await createTestOutbox()
  await outbox.enqueue(clientId('one'), chat, 'one')
  await outbox.enqueue(clientId('two'), chat, 'two')
  const first = await attempt(1)
  first.refuse(new Refusal('not_friends'))
  const second = await attempt(2)
  assert.equal(second.data.text, 'two')
  const [failed] = entries()
  assert.equal(failed?.status, 'failed')
  assert.equal(failed?.reason?.code, 'not_friends')
  assert.deepEqual(failed?.reason?.remedies, ['follow', 'wait_for_follow_back'])
})

test('a failed entry goes out again when asked, under the same client id', async () => {
  const { outbox, attempt, entries } = await createTestOutbox()
  await outbox.enqueue(clientId('a'), chat, 'hello')
  const first = await attempt(1)
  first.refuse(new Refusal('not_friends'))
  await until('it failed', () => entries()[0]?.status === 'failed')
  await outbox.retry(clientId('a'))
  const second = await attempt(2)
  assert.deepEqual(second.data, first.data)
})

test('S9: the same id with another body is a failure for the person to decide', async () => {
  const { outbox, attempt, entries } = await createTestOutbox()
  await outbox.enqueue(clientId('a'), chat, 'hello')
  const first = await attempt(1)
  first.refuse(new Refusal('id_conflict'))
  await until('it failed', () => entries()[0]?.status === 'failed')
  assert.equal(entries()[0]?.reason?.code, 'id_conflict')
})

test('cancel gives the text back, and waits for a try that is on its way', async () => {
  const { outbox, attempt, entries, line } = await createTestOutbox()
  await outbox.enqueue(clientId('one'), chat, 'one')
  const first = await attempt(1)
  const tooLate = outbox.cancel(clientId('one'))
  first.answer(sent(first.data, 1))
  assert.equal(await tooLate, null)

  line.up = false
  await outbox.enqueue(clientId('two'), chat, 'two')
  assert.equal(await outbox.cancel(clientId('two')), 'two')
  assert.deepEqual(entries(), [])
})

test('S9: a retry that meets its own tombstone ends the entry and shows no text', async () => {
  const { outbox, attempt, entries, texts } = await createTestOutbox()
  await outbox.enqueue(clientId('a'), chat, 'taken back elsewhere')
  const first = await attempt(1)
  first.answer(tombstone(1, { sender_id: anna, client_id: clientId('a') }))
  await until('it left the outbox', () => entries().length === 0)
  assert.deepEqual(texts(chat), ['(unsent)'])
})

test('the outbox survives a reload: what was on its way is queued again', async () => {
  const storage = createMemoryStorage()
  const before = await createTestOutbox(storage)
  await before.outbox.enqueue(clientId('a'), chat, 'hello')
  await before.attempt(1)
  const stored = await storage.load()
  assert.equal(stored.rows.outbox[0]?.status, 'queued')
})

test('offline, messages wait; the line coming up sends them at once', async () => {
  const { outbox, attempt, tries, line, clock } = await createTestOutbox()
  await outbox.enqueue(clientId('a'), chat, 'hello')
  const first = await attempt(1)
  line.up = false
  first.refuse(new Refusal('network_unreachable'))
  await settle()
  clock.advance(60_000)
  await settle()
  assert.equal(tries.length, 1)
  line.up = true
  outbox.online()
  await attempt(2)
})

test('what no server would take is refused before it is put into the outbox', async () => {
  const { outbox, entries } = await createTestOutbox()
  await assert.rejects(outbox.enqueue(clientId('a'), chat, ' \n '), { code: 'invalid_input' })
  await assert.rejects(outbox.enqueue(clientId('b'), chat, 'x'.repeat(4001)), {
    code: 'message_too_long',
  })
  // 4,000 code points outside the basic plane are 8,000 UTF-16 units, and allowed.
  await outbox.enqueue(clientId('c'), chat, '🦊'.repeat(4000))
  assert.equal(entries().length, 1)
})
