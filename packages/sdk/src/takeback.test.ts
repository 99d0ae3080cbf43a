/** What an app sees: readers, changes, and calls whose answer shows at once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Output } from '@takeback/protocol/endpoints/registry.ts'
import { startOnline } from '../test/device.ts'
import {
  anna,
  bert,
  chat,
  conversation,
  message,
  messageId,
  messagePage,
  otherEpoch,
  page,
  snapshot,
  tombstone,
} from '../test/samples.ts'
import { settle, until } from '../test/until.ts'
import type { Change } from './types.ts'

const history = (seqs: readonly number[], has_before: boolean): Output<'messages.list'> => ({
  items: seqs.map((seq) => message(seq)),
  next_cursor: null,
  has_before,
  has_after: false,
})

test('history is loaded page by page, from the newest back to the first', async (context) => {
  const { service, takeback } = await startOnline(context)
  service.on('messages.list', ({ before }) =>
    before === undefined ? history([3, 4], true) : history([1, 2], false),
  )
  assert.equal(takeback.hasOlder(chat), true)
  await Promise.all([takeback.loadOlder(chat), takeback.loadOlder(chat)])
  assert.deepEqual(
    takeback.messages(chat).map(({ seq }) => seq),
    [3, 4],
  )
  await takeback.loadOlder(chat)
  assert.deepEqual(
    takeback.messages(chat).map(({ seq }) => seq),
    [1, 2, 3, 4],
  )
  assert.equal(takeback.hasOlder(chat), false)
  const asked = service.calls.filter(({ name }) => name === 'messages.list')
  assert.deepEqual(
    asked.map(({ input }) => input['before']),
    [undefined, '3'],
    'asking twice at once is asking once',
  )
})

test('U2: a history page that was read before an unsend, and comes after it, brings nothing back', async (context) => {
  const { service, socket, takeback, storage } = await startOnline(context)
  let answer = () => {}
  service.on(
    'messages.list',
    () => new Promise((resolve) => (answer = () => resolve(history([1, 2], false)))),
  )
  const loading = takeback.loadOlder(chat)
  await until('it is asked', () => service.calls.some(({ name }) => name === 'messages.list'))
  socket.say({ type: 'events', data: messagePage(1, 'message.updated', tombstone(1)) })
  socket.say({ type: 'events', data: messagePage(2, 'message.removed', message(2)) })
  await until('both are applied', async () => (await storage.load()).meta.cursor?.seq === 2)
  answer()
  await loading
  assert.deepEqual(
    takeback.messages(chat).map(({ text }) => text),
    [null],
  )
  assert.ok(!/message [12]/.test(JSON.stringify(await storage.load())))
})

test('S7: a history page of before a reset is not applied after it', async (context) => {
  const { service, socket, takeback, storage } = await startOnline(context)
  const answers: (() => void)[] = []
  service.on(
    'messages.list',
    () =>
      new Promise((resolve) => {
        const seq = answers.length === 0 ? 1 : 2
        answers.push(() => resolve(history([seq], false)))
      }),
  )
  const loading = takeback.loadOlder(chat)
  await until('it is asked', () => answers.length === 1)
  service.on('sync.read', () => snapshot({ epoch: otherEpoch, seq: 1 }))
  socket.say({ type: 'reset', data: { type: 'reset', epoch: otherEpoch, head: 1 } })
  await socket.frame('resume', 2)
  answers[0]?.()
  await until('it is asked again', () => answers.length === 2)
  answers[1]?.()
  await loading
  assert.deepEqual(
    (await storage.load()).rows.messages.map(({ id }) => id),
    [messageId(2)],
  )
})

test('opening a conversation shows it without waiting for the log', async (context) => {
  const { service, takeback } = await startOnline(context, {
    snapshot: snapshot({ conversations: [] }),
  })
  service.on('conversations.open', () => ({
    ...conversation({ hidden: true }),
    can_send: { allowed: true },
    can_reply: { allowed: false, code: 'messages_off' },
  }))
  assert.equal(await takeback.open(bert), chat)
  assert.equal(takeback.conversation(chat)?.members.length, 2)
  assert.deepEqual(takeback.conversations(), [], 'there is nothing in it yet')
})

test('unsend, edit and deletes show as soon as the service has acknowledged them', async (context) => {
  const mine = message(1, { sender_id: anna })
  const { service, takeback, storage } = await startOnline(context)
  service.on('messages.list', () => ({
    items: [mine, message(2), message(3)],
    next_cursor: null,
    has_before: false,
    has_after: false,
  }))
  await takeback.loadOlder(chat)
  const shown = () => takeback.messages(chat).map(({ text }) => text)

  service.on('messages.edit', ({ text }) => ({ ...mine, version: 2, text, edit_count: 1 }))
  await takeback.edit(mine.id, 'better')
  assert.deepEqual(shown(), ['better', 'message 2', 'message 3'])

  service.on('messages.delete', () => null)
  await takeback.unsend(mine.id)
  assert.deepEqual(shown(), [null, 'message 2', 'message 3'])
  await takeback.deleteForMe(messageId(2))
  assert.deepEqual(shown(), [null, 'message 3'])

  service.on('conversations.delete', () => null)
  await takeback.deleteThread(chat)
  assert.deepEqual(shown(), [])
  assert.deepEqual(takeback.conversations(), [])
  assert.ok(!/better|message \d/.test(JSON.stringify(await storage.load())))
})

test('E1: what is refused rejects with its code, and nothing changes', async (context) => {
  const { service, socket, takeback } = await startOnline(context)
  socket.say({
    type: 'events',
    data: messagePage(1, 'message.new', message(1, { sender_id: anna })),
  })
  await until('it is there', () => takeback.messages(chat).length === 1)
  service.on('messages.delete', () => {
    throw new Refusal('unsend_window_closed')
  })
  await assert.rejects(takeback.unsend(messageId(1)), { code: 'unsend_window_closed' })
  assert.equal(takeback.messages(chat)[0]?.text, 'message 1')
  await service.close()
  await assert.rejects(takeback.unsend(messageId(1)), { code: 'network_unreachable' })
})

test('a message that comes while a thread is being deleted is not lost', async (context) => {
  const { service, socket, takeback } = await startOnline(context)
  socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  await until('it is there', () => takeback.messages(chat).length === 1)
  let answer = () => {}
  service.on('conversations.delete', () => new Promise((resolve) => (answer = () => resolve(null))))
  const deleting = takeback.deleteThread(chat)
  await until('it is asked', () =>
    service.calls.some(({ name }) => name === 'conversations.delete'),
  )
  socket.say({
    type: 'events',
    data: page(1, 3, {
      events: [{ seq: 3, kind: 'message.new', conversation_id: chat, message_id: messageId(2) }],
      conversations: [conversation({ version: 3, cleared_seq: 1, last_message: message(2) })],
    }),
  })
  await until('it is there', () => takeback.messages(chat).some(({ seq }) => seq === 2))
  answer()
  await deleting
  assert.deepEqual(
    takeback.messages(chat).map(({ seq }) => seq),
    [2],
  )
  assert.equal(takeback.conversations().length, 1)
})

test('a mark says sent, delivered, read: what holds for every other member', async (context) => {
  const { socket, takeback } = await startOnline(context)
  const mine = message(5, { sender_id: anna })
  assert.equal(takeback.statusOf(mine), 'sent')
  const seenBy = (delivered_seq: number, read_seq: number) =>
    conversation().members.map((member) =>
      member.account.id === bert ? { ...member, delivered_seq, read_seq } : member,
    )
  for (const [version, delivered, read, status] of [
    [2, 5, 4, 'delivered'],
    [3, 5, 5, 'read'],
  ] as const) {
    socket.say({
      type: 'events',
      data: page(version - 2, version - 1, {
        events: [{ seq: version - 1, kind: 'conversation.updated', conversation_id: chat }],
        conversations: [conversation({ version, members: seenBy(delivered, read) })],
      }),
    })
    await until(`it is ${status}`, () => takeback.statusOf(mine) === status)
  }
})

test('listeners are told what to read again, and what did not change stays the same object', async (context) => {
  const other = '01k000000000000000000other' as typeof chat
  const { socket, takeback } = await startOnline(context, {
    snapshot: snapshot({ conversations: [conversation(), conversation({ id: other })] }),
  })
  const changes: Change[] = []
  const stop = takeback.subscribe((change) => changes.push(change))
  const untouched = takeback.messages(other)
  socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  await until('it is told', () => changes.some(({ messages }) => messages?.has(chat)))
  assert.ok(changes.every(({ messages }) => !messages?.has(other)))
  assert.equal(takeback.messages(other), untouched)
  assert.equal(takeback.messages(chat), takeback.messages(chat))
  assert.equal(takeback.conversations(), takeback.conversations())
  stop()
  const told = changes.length
  socket.say({ type: 'events', data: messagePage(2, 'message.new', message(2)) })
  await until('it is there', () => takeback.messages(chat).length === 2)
  await settle()
  assert.equal(changes.length, told)
})

test('a profile in the log is what a person is to me now', async (context) => {
  const { socket, takeback } = await startOnline(context)
  assert.equal(takeback.relation(bert), null)
  const profile = {
    id: bert,
    username: 'bert',
    display_name: 'Bert',
    bio: '',
    relation: { following: true, followed_by: true, friends: true, blocked: false },
  }
  socket.say({
    type: 'events',
    data: page(0, 1, {
      events: [{ seq: 1, kind: 'relation.updated', account_id: bert }],
      accounts: [profile],
    }),
  })
  await until('it is known', () => takeback.relation(bert)?.relation.friends === true)
})

test('a thread whose first message is waiting to go out can be found again', async (context) => {
  const { socket, takeback } = await startOnline(context, {
    snapshot: snapshot({ conversations: [conversation({ hidden: true })] }),
  })
  socket.cut()
  await until('it is offline', () => takeback.connection().state === 'offline')
  assert.deepEqual(takeback.conversations(), [])
  await takeback.send(chat, 'hello')
  assert.equal(takeback.conversations().length, 1)
  assert.equal(takeback.outbox(chat)[0]?.status, 'queued')
})

test('a full device refuses what it cannot keep, and says so', async (context) => {
  const { takeback, storage, socket } = await startOnline(context)
  context.mock.method(storage, 'write', () =>
    Promise.reject(new DOMException('Quota exceeded.', 'QuotaExceededError')),
  )
  await assert.rejects(takeback.send(chat, 'hello'), { code: 'storage_unavailable' })
  assert.deepEqual(takeback.outbox(chat), [])
  // S10: what could not be written is not acknowledged.
  socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  await until('it gives the line up', () => takeback.connection().state === 'offline')
  assert.deepEqual(socket.of('ack'), [])
  assert.deepEqual(takeback.messages(chat), [])
})
