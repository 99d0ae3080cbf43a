/** Two tabs of one browser: Node's own Web Locks and BroadcastChannel, one shared storage. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createTestDevice } from '../test/device.ts'
import { anna, chat, message, messagePage, snapshot, tombstone } from '../test/samples.ts'
import { settle, until } from '../test/until.ts'
import { createMemoryStorage } from './storage-memory.ts'
import type { Takeback } from './types.ts'

let browsers = 0

/** The first tab leads, the second follows. */
async function startTabs(context: TestContext) {
  const storage = createMemoryStorage({ sharedAs: `browser-${process.pid}-${++browsers}` })
  const leader = await createTestDevice(context, { storage })
  const { service, clock } = leader
  service.on('sync.read', () => snapshot())
  await leader.takeback.start()
  const socket = await service.connection(1)
  socket.welcome()
  await socket.frame('resume')
  const follower = await createTestDevice(context, { storage, service, clock })
  await follower.takeback.start()
  await until('the follower has heard', () => follower.takeback.connection().state === 'online')
  return { service, socket, clock, storage, leader: leader.takeback, follower: follower.takeback }
}

const texts = (takeback: Takeback) =>
  takeback.messages(chat).map((shown) => shown.text ?? '(unsent)')

test('one tab leads and holds the only socket; the other shows the same', async (context) => {
  const { service, socket, leader, follower } = await startTabs(context)
  socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  await until('both show it', () => [leader, follower].every((tab) => texts(tab).length === 1))
  assert.deepEqual(texts(follower), ['message 1'])
  assert.equal(follower.me()?.username, 'anna')
  assert.equal(follower.loading(), false)
  assert.equal(service.sockets.length, 1)
})

test('U1: what is unsent disappears in every tab', async (context) => {
  const { socket, leader, follower } = await startTabs(context)
  socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  await until('the follower shows it', () => texts(follower).length === 1)
  socket.say({ type: 'events', data: messagePage(2, 'message.updated', tombstone(1)) })
  await until('it is gone', () => [leader, follower].every((tab) => texts(tab)[0] === '(unsent)'))
})

test('what a following tab sends goes out once, through the leader, and both tell its state', async (context) => {
  const { socket, leader, follower } = await startTabs(context)
  const client_id = await follower.send(chat, 'from the second tab')
  const sent = await socket.frame('send')
  assert.equal(sent.data.client_id, client_id)
  await until('both say it is on its way', () =>
    [leader, follower].every((tab) => tab.outbox(chat)[0]?.status === 'sending'),
  )
  socket.say({
    type: 'reply',
    ref: sent.ref ?? '',
    data: message(1, { sender_id: anna, client_id, text: 'from the second tab' }),
  })
  await until('it is sent', () =>
    [leader, follower].every((tab) => tab.outbox(chat).length === 0 && texts(tab).length === 1),
  )
  await settle()
  assert.equal(socket.of('send').length, 1)
})

test('a refusal reaches the tab that asked, as a refusal', async (context) => {
  const { follower } = await startTabs(context)
  await assert.rejects(follower.send(chat, 'x'.repeat(4001)), {
    name: 'Refusal',
    code: 'message_too_long',
  })
})

test('drafts and history are one for all tabs', async (context) => {
  const { service, leader, follower } = await startTabs(context)
  service.on('messages.list', () => ({
    items: [message(1), message(2)],
    next_cursor: null,
    has_before: false,
    has_after: false,
  }))
  await follower.setDraft(chat, 'half a sen')
  await until('the leader has it', () => leader.draft(chat) === 'half a sen')
  await follower.loadOlder(chat)
  await until('both have the history', () =>
    [leader, follower].every((tab) => texts(tab).length === 2 && !tab.hasOlder(chat)),
  )
})

test('when the leader goes, the other tab takes over, with what was waiting to go out', async (context) => {
  const { service, socket, clock, leader, follower } = await startTabs(context)
  await follower.send(chat, 'still to go')
  const first = await socket.frame('send')
  await leader.stop()
  const second = await service.connection(2)
  second.welcome()
  const again = await second.frame('send')
  assert.deepEqual(again.data, first.data)
  clock.advance(0)
  await until('it leads', () => follower.connection().state === 'online')
  assert.equal(follower.outbox(chat).length, 1)
})

test('what was asked of a leader that has gone is done by the next one', async (context) => {
  const { service, leader, follower } = await startTabs(context)
  let asked = 0
  let answerSecond = () => {}
  service.on('messages.list', () => {
    asked++
    return new Promise((resolve) => {
      const answer = () =>
        resolve({ items: [message(1)], next_cursor: null, has_before: false, has_after: false })
      if (asked > 1) answerSecond = answer
    })
  })
  const older = follower.loadOlder(chat)
  await until('the leader asks', () => asked === 1)
  await leader.stop()
  await until('the next one asks', () => asked === 2)
  answerSecond()
  await older
  assert.deepEqual(texts(follower), ['message 1'])
})

test('signing out in one tab signs every tab out', async (context) => {
  const { service, leader, follower, storage } = await startTabs(context)
  service.on('sessions.revoke', () => null)
  await follower.setDraft(chat, 'half a sen')
  await follower.signOut()
  await until('both are signed out', () =>
    [leader, follower].every((tab) => tab.connection().state === 'signed_out'),
  )
  assert.deepEqual(Object.values((await storage.load()).rows).flat(), [])
  await until('and empty', () => follower.draft(chat) === '')
})

test('without Web Locks every tab leads, and the shared storage still does not fork', async (context) => {
  const storage = createMemoryStorage({ sharedAs: 'insecure-page' })
  const one = await createTestDevice(context, { storage, locks: null })
  const { service, clock } = one
  service.on('sync.read', () => snapshot())
  await one.takeback.start()
  const first = await service.connection(1)
  first.welcome()
  await first.frame('resume')
  const two = await createTestDevice(context, { storage, service, clock, locks: null })
  await two.takeback.start()
  const second = await service.connection(2)
  second.welcome()
  for (const socket of [first, second])
    socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  await until('both show it', () =>
    [one, two].every(({ takeback }) => texts(takeback)[0] === 'message 1'),
  )
  second.say({ type: 'events', data: messagePage(2, 'message.updated', tombstone(1)) })
  await until('the second has wiped it', () => texts(two.takeback)[0] === '(unsent)')
  await one.takeback.setDraft(chat, 'written by the first')
  assert.deepEqual(texts(one.takeback), ['(unsent)'], 'it met what the second had written')
  assert.equal((await storage.load()).meta.cursor?.seq, 2)
})
