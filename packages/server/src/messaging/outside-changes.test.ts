// both engines
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { couple, followLog, historyOf, inboxOf, newName, say } from '../../test/rooms.ts'
import { startTestCore, type TestCaller } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())

const blockedFolder = async (who: TestCaller) =>
  (await who.call('conversations.list', { folder: 'blocked' })).items.map(({ id }) => id)
const inbox = async (who: TestCaller) => (await inboxOf(who)).map(({ id }) => id)

describe('block', () => {
  test('the thread leaves my inbox on all my devices, and comes back when the block ends', async () => {
    const { a, b, conversation } = await couple(tested)
    await say(a, conversation, 'hi')
    const log = await followLog(tested, b)
    await b.call('graph.block', { account_id: a.account_id })
    assert.deepEqual([await inbox(b), await blockedFolder(b)], [[], [conversation]])
    const news = await log.read()
    assert.deepEqual(
      new Set(news.events.map(({ kind }) => kind)),
      new Set(['relation.updated', 'conversation.updated']),
    )
    assert.deepEqual(
      news.conversations.map(({ folder }) => folder),
      ['blocked'],
    )
    await b.call('graph.unblock', { account_id: a.account_id })
    assert.deepEqual([await inbox(b), await blockedFolder(b)], [[conversation], []])
    assert.deepEqual(
      (await log.read()).conversations.map(({ folder }) => folder),
      ['inbox'],
    )
  })

  test('X2 · the blocked person’s thread, history and log stay as they are', async () => {
    const { a, b, conversation } = await couple(tested)
    await say(a, conversation, 'one')
    await say(b, conversation, 'two')
    const log = await followLog(tested, a)
    const view = async () =>
      JSON.stringify([
        await inboxOf(a),
        await historyOf(a, conversation),
        await a.call('sync.read', {}),
      ])
    const before = await view()
    await b.call('graph.block', { account_id: a.account_id })
    assert.equal(await view(), before)
    await b.call('graph.unblock', { account_id: a.account_id })
    assert.equal(await view(), before)
    assert.deepEqual((await log.read()).events, [])
  })

  test('history stays readable for the blocker, and nothing is unsent by it', async () => {
    const { a, b, conversation } = await couple(tested)
    await say(a, conversation, 'one')
    await say(b, conversation, 'two')
    await b.call('graph.block', { account_id: a.account_id })
    for (const who of [a, b])
      assert.deepEqual(
        (await historyOf(who, conversation)).map(({ text }) => text),
        ['one', 'two'],
      )
  })

  test('without a conversation there is nothing to move', async () => {
    const [a, b] = await Promise.all([tested.person(newName()), tested.person(newName())])
    const log = await followLog(tested, a)
    await a.call('graph.block', { account_id: b.account_id })
    assert.deepEqual(
      (await log.read()).events.map(({ kind }) => kind),
      ['relation.updated'],
    )
  })
})

describe('a new name', () => {
  test('shows in every conversation, to all members on all devices', async () => {
    const { a, b, conversation } = await couple(tested)
    await say(a, conversation, 'hi')
    const logs = [await followLog(tested, a), await followLog(tested, b)]
    await a.call('me.update', { display_name: 'Ännchen ❤️' })
    for (const log of logs) {
      const [seen] = (await log.read()).conversations
      const name = seen?.members.find(({ account }) => account.id === a.account_id)?.account
        .display_name
      assert.equal(name, 'Ännchen ❤️')
    }
    assert.equal(
      (await inboxOf(b))[0]?.members.find(({ account }) => account.id === a.account_id)?.account
        .display_name,
      'Ännchen ❤️',
    )
  })

  test('tells nobody of a conversation in which nothing was sent, or that they deleted', async () => {
    const { a, b } = await couple(tested)
    const second = await couple(tested)
    await tested.befriend(a, second.b)
    const toSecond = (await a.call('conversations.open', { account_id: second.b.account_id })).id
    await say(a, toSecond, 'hi')
    await second.b.call('conversations.delete', { conversation_id: toSecond })
    const logs = [await followLog(tested, b), await followLog(tested, second.b)]
    await a.call('me.update', { display_name: 'New' })
    for (const log of logs) {
      const { events, conversations } = await log.read()
      assert.deepEqual({ events, conversations }, { events: [], conversations: [] })
    }
  })

  test('a new bio, or the same name again, is no news to others', async () => {
    const { a, b, conversation } = await couple(tested)
    await say(a, conversation, 'hi')
    const log = await followLog(tested, b)
    await a.call('me.update', { bio: 'likes rain', display_name: a.username })
    assert.deepEqual((await log.read()).events, [])
  })
})
