// both engines
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  couple,
  deleteForMe,
  followLog,
  historyOf,
  inboxOf,
  newName,
  refused,
  say,
} from '../../test/rooms.ts'
import { MINUTE, startTestCore, type TestCaller } from '../../test/world.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'

const tested = await startTestCore()
after(() => tested.close())

const deleteThread = (who: TestCaller, conversation_id: ConversationId) =>
  who.call('conversations.delete', { conversation_id })
const textsOf = async (...args: Parameters<typeof historyOf>) =>
  (await historyOf(...args)).map(({ text }) => text)

test('the thread is gone from my list, history and snapshot, on all my devices', async () => {
  const { a, b, conversation } = await couple(tested)
  const other = await b.anotherDevice()
  await say(a, conversation, 'one')
  await say(b, conversation, 'two')
  const log = await followLog(tested, b)
  await deleteThread(b, conversation)
  const { events, conversations } = await log.read()
  assert.deepEqual(
    events.map(({ seq: _, ...event }) => event),
    [{ kind: 'conversation.updated', conversation_id: conversation }],
  )
  assert.deepEqual(
    conversations.map(({ hidden, cleared_seq, unread_count, last_message }) => ({
      hidden,
      cleared_seq,
      unread_count,
      last_message,
    })),
    [{ hidden: true, cleared_seq: 2, unread_count: 0, last_message: null }],
  )
  for (const device of [b, other]) {
    assert.deepEqual(await inboxOf(device), [])
    assert.deepEqual(await historyOf(device, conversation), [])
    const snapshot = await device.call('sync.read', {})
    assert.deepEqual(snapshot.type === 'snapshot' && snapshot.conversations, [])
  }
})

test('the other side notices nothing: no event, no receipt, the same view', async () => {
  const { a, b, conversation } = await couple(tested)
  await say(a, conversation, 'one')
  await say(b, conversation, 'two')
  const log = await followLog(tested, a)
  const before = [await historyOf(a, conversation), await inboxOf(a)]
  await deleteThread(b, conversation)
  assert.deepEqual((await log.read()).events, [])
  assert.deepEqual([await historyOf(a, conversation), await inboxOf(a)], before)
})

test('a new message revives it, with only that message', async () => {
  const { a, b, conversation } = await couple(tested)
  await say(a, conversation, 'old')
  await deleteForMe(b, await say(a, conversation, 'older still'))
  await deleteThread(b, conversation)
  tested.clock.advance(MINUTE)
  const log = await followLog(tested, b)
  await say(a, conversation, 'new')
  const { events, messages } = await log.read()
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['message.new'],
  )
  assert.deepEqual(
    messages.map(({ text }) => text),
    ['new'],
  )
  const [revived] = await inboxOf(b)
  assert.deepEqual(
    [revived?.id, revived?.unread_count, revived?.last_message?.text, revived?.hidden],
    [conversation, 1, 'new', false],
  )
  assert.deepEqual(await textsOf(b, conversation), ['new'])
  const page = await b.call('messages.list', { conversation_id: conversation, limit: 1 })
  assert.equal(page.has_before, false)
  assert.deepEqual(await textsOf(a, conversation), ['old', 'older still', 'new'])
})

test('my own next message revives it just the same', async () => {
  const { a, b, conversation } = await couple(tested)
  await say(a, conversation, 'old')
  await deleteThread(b, conversation)
  await say(b, conversation, 'new')
  assert.deepEqual(await textsOf(b, conversation), ['new'])
  assert.equal((await inboxOf(b))[0]?.unread_count, 0)
})

test('opening the conversation again does not bring anything back', async () => {
  const { a, b, conversation } = await couple(tested)
  await say(a, conversation, 'old')
  await deleteThread(b, conversation)
  const opened = await b.call('conversations.open', { account_id: a.account_id })
  assert.deepEqual(
    [opened.id, opened.hidden, opened.last_message, opened.unread_count],
    [conversation, true, null, 0],
  )
})

test('block state persists: a thread deleted while blocked stays in the blocked folder', async () => {
  const { a, b, conversation } = await couple(tested)
  await say(a, conversation, 'old')
  await b.call('graph.block', { account_id: a.account_id })
  await deleteThread(b, conversation)
  const folder = async () =>
    (await b.call('conversations.get', { conversation_id: conversation })).folder
  assert.equal(await folder(), 'blocked')
  await refused(say(a, conversation, 'hello?'), 'recipient_unavailable')
  await b.call('graph.unblock', { account_id: a.account_id })
  assert.equal(await folder(), 'inbox')
  assert.deepEqual(await inboxOf(b), [])
  await say(a, conversation, 'hello')
  assert.deepEqual(await textsOf(b, conversation), ['hello'])
})

test('again, and of an empty conversation, changes nothing', async () => {
  const { a, b, conversation } = await couple(tested)
  const log = await followLog(tested, b)
  await deleteThread(b, conversation)
  assert.deepEqual((await log.read()).events, [])
  await say(a, conversation, 'one')
  await deleteThread(b, conversation)
  await log.read()
  await deleteThread(b, conversation)
  assert.deepEqual((await log.read()).events, [])
})

test('both may delete it; each sees only what came after their own deletion', async () => {
  const { a, b, conversation } = await couple(tested)
  await say(a, conversation, 'one')
  await deleteThread(a, conversation)
  await say(b, conversation, 'two')
  await deleteThread(b, conversation)
  await say(a, conversation, 'three')
  assert.deepEqual(await textsOf(a, conversation), ['two', 'three'])
  assert.deepEqual(await textsOf(b, conversation), ['three'])
})

test('a stranger gets not_found', async () => {
  const { conversation } = await couple(tested)
  await refused(deleteThread(await tested.person(newName()), conversation), 'not_found')
})
