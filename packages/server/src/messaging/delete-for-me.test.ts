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
  takeBack,
} from '../../test/rooms.ts'
import { startTestCore } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())

const textsOf = async (...args: Parameters<typeof historyOf>) =>
  (await historyOf(...args)).map(({ text }) => text)

test('it is gone from my history on all my devices, and the other side notices nothing', async () => {
  const { a, b, conversation } = await couple(tested)
  const other = await b.anotherDevice()
  await say(a, conversation, 'one')
  const two = await say(a, conversation, 'two')
  await say(a, conversation, 'three')
  const [mine, theirs] = [await followLog(tested, b), await followLog(tested, a)]
  const before = [await historyOf(a, conversation), await inboxOf(a)]
  await deleteForMe(b, two)
  assert.deepEqual(
    (await mine.read()).events.map(({ seq: _, ...event }) => event),
    [{ kind: 'message.removed', conversation_id: conversation, message_id: two.id }],
  )
  for (const device of [b, other])
    assert.deepEqual(await textsOf(device, conversation), ['one', 'three'])
  assert.deepEqual((await theirs.read()).events, [])
  assert.deepEqual([await historyOf(a, conversation), await inboxOf(a)], before)
})

test('one’s own message too; the others keep it', async () => {
  const { a, b, conversation } = await couple(tested)
  const sent = await say(a, conversation, 'one')
  await deleteForMe(a, sent)
  assert.deepEqual(await textsOf(a, conversation), [])
  assert.deepEqual(await textsOf(b, conversation), ['one'])
})

test('preview and unread go back to what is left; unread only falls for what was unread', async () => {
  const { a, b, conversation } = await couple(tested)
  const one = await say(a, conversation, 'one')
  const two = await say(a, conversation, 'two')
  const three = await say(a, conversation, 'three')
  const state = async () => {
    const [first] = await inboxOf(b)
    return first === undefined ? 'not listed' : [first.unread_count, first.last_message?.text]
  }
  await b.call('conversations.read', { conversation_id: conversation, seq: one.seq })
  assert.deepEqual(await state(), [2, 'three'])
  await deleteForMe(b, three)
  assert.deepEqual(await state(), [1, 'two'])
  await deleteForMe(b, one)
  assert.deepEqual(await state(), [1, 'two'])
  await deleteForMe(b, two)
  assert.deepEqual(await state(), 'not listed')
  await b.call('conversations.read', { conversation_id: conversation, seq: three.seq })
  await say(a, conversation, 'four')
  assert.deepEqual(await state(), [1, 'four'])
})

test('again changes nothing', async () => {
  const { a, b, conversation } = await couple(tested)
  const [one] = [await say(a, conversation, 'one'), await say(a, conversation, 'two')]
  await deleteForMe(b, one)
  const log = await followLog(tested, b)
  await deleteForMe(b, one)
  assert.deepEqual((await log.read()).events, [])
  assert.equal((await inboxOf(b))[0]?.unread_count, 1)
})

test('the line of an unsent message goes the same way', async () => {
  const { a, b, conversation } = await couple(tested)
  const sent = await say(a, conversation, 'one')
  await historyOf(b, conversation)
  await takeBack(a, sent)
  await deleteForMe(b, sent)
  assert.deepEqual(await historyOf(b, conversation), [])
  assert.deepEqual(await inboxOf(b), [])
  assert.equal((await historyOf(a, conversation)).length, 1)
})

test('a stranger, and who never could see it, get not_found', async () => {
  const { a, conversation } = await couple(tested)
  const sent = await say(a, conversation, 'one')
  await refused(deleteForMe(await tested.person(newName()), sent), 'not_found')
  assert.deepEqual(await textsOf(a, conversation), ['one'])
})

test('allowed after a block, in both directions', async () => {
  const { a, b, conversation } = await couple(tested)
  const [one, two] = [await say(a, conversation, 'one'), await say(a, conversation, 'two')]
  await b.call('graph.block', { account_id: a.account_id })
  await deleteForMe(a, one)
  await deleteForMe(b, two)
  assert.deepEqual(await textsOf(a, conversation), ['two'])
  assert.deepEqual(await textsOf(b, conversation), ['one'])
})
