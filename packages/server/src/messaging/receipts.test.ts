// both engines
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import {
  couple,
  followLog,
  inboxOf,
  newName,
  refused,
  say,
  takeBack,
  type Couple,
} from '../../test/rooms.ts'
import { startTestCore, type TestCaller } from '../../test/world.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'

const tested = await startTestCore()
after(() => tested.close())

/** What `who` is shown of how far `whose` has got. */
async function marks(who: TestCaller, whose: TestCaller, conversation_id: ConversationId) {
  const { members } = await who.call('conversations.get', { conversation_id })
  const member = members.find(({ account }) => account.id === whose.account_id)
  return { delivered: member?.delivered_seq, read: member?.read_seq }
}

const read = (who: TestCaller, conversation_id: ConversationId, seq: number) =>
  who.call('conversations.read', { conversation_id, seq })

/** A device takes in its whole log and says so. */
async function ackAll(who: TestCaller) {
  const { epoch, head } = await tested.core.head(who.account_id)
  await who.call('sync.acknowledge', { epoch, seq: head })
}

test('reading goes no further than what is there to see: an unsend without a trace leaves none here', async () => {
  const { a, b, conversation } = await couple(tested)
  await say(a, conversation, 'one')
  await takeBack(a, await say(a, conversation, 'never fetched'))
  assert.equal((await read(b, conversation, 1_000)).read_seq, 1)
})

describe('delivered', () => {
  test('S10 · only an ack delivers, not the sending nor the fetching', async () => {
    const { a, b, conversation } = await couple(tested)
    await say(a, conversation, 'one')
    await (await followLog(tested, b)).read()
    await b.call('messages.list', { conversation_id: conversation })
    assert.deepEqual(await marks(a, b, conversation), { delivered: 0, read: 0 })
    const log = await followLog(tested, a)
    await ackAll(b)
    assert.deepEqual(
      (await log.read()).events.map(({ kind }) => kind),
      ['conversation.updated'],
    )
    assert.deepEqual(await marks(a, b, conversation), { delivered: 1, read: 0 })
  })

  test('the first device that has it delivers it; a second says nothing new', async () => {
    const { a, b, conversation } = await couple(tested)
    await say(a, conversation, 'one')
    const other = await b.anotherDevice()
    await ackAll(b)
    const log = await followLog(tested, a)
    await ackAll(other)
    await ackAll(b)
    assert.deepEqual((await log.read()).events, [])
  })

  test('one’s own messages are no receipt', async () => {
    const { a, b, conversation } = await couple(tested)
    await say(b, conversation, 'mine')
    const log = await followLog(tested, a)
    await ackAll(b)
    assert.deepEqual((await log.read()).events, [])
    assert.deepEqual(await marks(a, b, conversation), { delivered: 0, read: 0 })
  })

  test('each conversation gets its own', async () => {
    const { a, b, conversation } = await couple(tested)
    const third = await tested.person(newName())
    const second = await tested.befriend(third, b)
    for (const text of ['1', '2', '3']) await say(a, conversation, text)
    await say(third, second, '1')
    await ackAll(b)
    assert.equal((await marks(a, b, conversation)).delivered, 3)
    assert.equal((await marks(third, b, second)).delivered, 1)
  })
})

describe('read', () => {
  test('unread falls, on all my devices, and the sender gets a receipt', async () => {
    const { a, b, conversation } = await couple(tested)
    for (const text of ['1', '2', '3']) await say(a, conversation, text)
    const other = await followLog(tested, b)
    const sender = await followLog(tested, a)
    const answer = await read(b, conversation, 2)
    assert.deepEqual([answer.unread_count, answer.read_seq], [1, 2])
    const [seen] = (await other.read()).conversations
    assert.deepEqual([seen?.unread_count, seen?.read_seq], [1, 2])
    assert.equal((await sender.read()).conversations.length, 1)
    assert.deepEqual(await marks(a, b, conversation), { delivered: 2, read: 2 })
    assert.equal((await inboxOf(await b.anotherDevice()))[0]?.unread_count, 1)
  })

  test('never goes back, never past the end, and the same again says nothing', async () => {
    const { a, b, conversation } = await couple(tested)
    for (const text of ['1', '2']) await say(a, conversation, text)
    assert.equal((await read(b, conversation, Number.MAX_SAFE_INTEGER)).read_seq, 2)
    const log = await followLog(tested, a)
    for (const seq of [2, 1, 0, 99]) assert.equal((await read(b, conversation, seq)).read_seq, 2)
    assert.deepEqual((await log.read()).events, [])
    await say(a, conversation, '3')
    assert.equal((await inboxOf(b))[0]?.unread_count, 1)
  })

  test('only messages of others count as unread', async () => {
    const { a, b, conversation } = await couple(tested)
    await say(a, conversation, '1')
    await say(b, conversation, '2')
    await say(a, conversation, '3')
    assert.equal((await inboxOf(b))[0]?.unread_count, 2)
    assert.equal((await inboxOf(a))[0]?.unread_count, 1)
    assert.equal((await read(b, conversation, 2)).unread_count, 1)
  })

  test('two devices marking at once: the higher mark stays and nothing is counted twice', async () => {
    const { a, b, conversation } = await couple(tested)
    const other = await b.anotherDevice()
    for (const text of ['1', '2', '3', '4']) await say(a, conversation, text)
    await Promise.all([
      read(b, conversation, 3),
      read(other, conversation, 2),
      read(other, conversation, 3),
    ])
    const [first] = await inboxOf(b)
    assert.deepEqual([first?.read_seq, first?.unread_count], [3, 1])
  })

  test('a stranger gets not_found', async () => {
    const { conversation } = await couple(tested)
    await refused(read(await tested.person(newName()), conversation, 1), 'not_found')
  })
})

describe('X1, X2 · receipts fall silent in the same way, whatever the cause', () => {
  const causes: Record<string, (pair: Couple) => Promise<unknown>> = {
    'the reader blocked the sender': ({ a, b }) =>
      b.call('graph.block', { account_id: a.account_id }),
    'the sender blocked the reader': ({ a, b }) =>
      a.call('graph.block', { account_id: b.account_id }),
    'the reader chose No one': ({ b }) => b.call('settings.update', { who_can_message: 'no_one' }),
    'the sender chose No one': ({ a }) => a.call('settings.update', { who_can_message: 'no_one' }),
    'they are no longer friends': ({ a, b }) =>
      b.call('graph.unfollow', { account_id: a.account_id }),
  }
  for (const [name, happen] of Object.entries(causes))
    test(`${name}: my unread falls, the other is shown nothing, and hears nothing`, async () => {
      const pair = await couple(tested)
      const { a, b, conversation } = pair
      for (const text of ['1', '2']) await say(a, conversation, text)
      await read(b, conversation, 1)
      await happen(pair)
      const log = await followLog(tested, a)
      const before = await marks(a, b, conversation)
      const answer = await read(b, conversation, 2)
      await ackAll(b)
      assert.deepEqual([answer.read_seq, answer.unread_count], [2, 0])
      assert.deepEqual((await log.read()).events, [])
      assert.deepEqual(await marks(a, b, conversation), before)
      assert.deepEqual(before, { delivered: 1, read: 1 })
    })

  test('what was not shown at its time is not shown when the block ends', async () => {
    const { a, b, conversation } = await couple(tested)
    for (const text of ['1', '2']) await say(a, conversation, text)
    await b.call('graph.block', { account_id: a.account_id })
    await read(b, conversation, 2)
    await ackAll(b)
    await b.call('graph.unblock', { account_id: a.account_id })
    assert.deepEqual(await marks(a, b, conversation), { delivered: 0, read: 0 })
    await say(a, conversation, '3')
    await read(b, conversation, 3)
    assert.deepEqual(await marks(a, b, conversation), { delivered: 3, read: 3 })
  })
})
