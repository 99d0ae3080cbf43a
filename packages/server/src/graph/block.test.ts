// both engines
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { AccountId } from '@takeback/protocol/ids.ts'
import { couple, followLog, historyOf, inboxOf, newName, refused, say } from '../../test/rooms.ts'
import { startTestCore, type TestCaller } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())

describe('blocking', () => {
  test('shows in my relation and list, on all my devices; again changes nothing', async () => {
    const { a, b } = await couple(tested)
    const log = await followLog(tested, await b.anotherDevice())
    for (let n = 0; n < 2; n++) {
      const { relation } = await b.call('graph.block', { account_id: a.account_id })
      assert.deepEqual(relation, {
        following: true,
        followed_by: false,
        friends: false,
        blocked: true,
      })
    }
    const { events, accounts } = await log.read()
    assert.deepEqual(events.map(({ kind }) => kind).toSorted(), [
      'conversation.updated',
      'relation.updated',
    ])
    assert.equal(accounts[0]?.relation.blocked, true)
    assert.deepEqual(
      (await b.call('graph.blocks', {})).items.map(({ id }) => id),
      [a.account_id],
    )
    for (const list of ['graph.friends', 'graph.following', 'graph.followers'] as const)
      assert.deepEqual((await b.call(list, {})).items, [], list)
  })

  test('ends with unblock: the follows are as they were, so friends are friends again', async () => {
    const { a, b, conversation } = await couple(tested)
    await b.call('graph.block', { account_id: a.account_id })
    for (let n = 0; n < 2; n++) {
      const { relation } = await b.call('graph.unblock', { account_id: a.account_id })
      assert.deepEqual(relation, {
        following: true,
        followed_by: true,
        friends: true,
        blocked: false,
      })
    }
    assert.deepEqual((await b.call('graph.blocks', {})).items, [])
    await say(a, conversation, 'again')
  })

  test('of both by each other: each lifts only their own', async () => {
    const { a, b, conversation } = await couple(tested)
    await a.call('graph.block', { account_id: b.account_id })
    await b.call('graph.block', { account_id: a.account_id })
    await a.call('graph.unblock', { account_id: b.account_id })
    await refused(say(a, conversation, 'hi'), 'recipient_unavailable')
    await refused(say(b, conversation, 'hi'), 'you_blocked_them')
  })

  test('oneself is invalid, nobody not_found', async () => {
    const { a } = await couple(tested)
    await refused(a.call('graph.block', { account_id: a.account_id }), 'invalid_input')
    const nobody = a.device_id as string as AccountId
    await refused(a.call('graph.block', { account_id: nobody }), 'not_found')
    await refused(a.call('graph.unblock', { account_id: nobody }), 'not_found')
  })

  test('X1 · from the moment it is acknowledged, nothing sent reaches the blocker: sends raced against it', async () => {
    const { a, b, conversation } = await couple(tested)
    const outcomes = Array.from({ length: 20 }, (_, n) =>
      say(a, conversation, `before ${n}`).then(
        () => true,
        () => false,
      ),
    )
    const blocked = b.call('graph.block', { account_id: a.account_id })
    const later = Array.from({ length: 20 }, (_, n) =>
      say(a, conversation, `after ${n}`).then(
        () => true,
        () => false,
      ),
    )
    await blocked
    const log = await followLog(tested, b)
    const went = [...(await Promise.all(outcomes)), ...(await Promise.all(later))]
    await refused(say(a, conversation, 'much later'), 'recipient_unavailable')
    assert.deepEqual((await log.read()).events, [])
    assert.equal((await historyOf(b, conversation)).length, went.filter(Boolean).length)
  })
})

describe('X2 · the blocked person cannot tell', () => {
  /** Everything that somebody can fetch about another, as one string. */
  async function everythingAbout(
    me: TestCaller,
    other: TestCaller,
    { a, b, conversation }: Awaited<ReturnType<typeof couple>>,
  ) {
    assert.ok(me === a && other === b)
    return JSON.stringify([
      await me.call('accounts.get', { username: other.username }),
      await me.call('accounts.search', { q: other.username }),
      await me.call('accounts.search', { q: other.username.slice(0, 3) }),
      await me.call('graph.friends', {}),
      await me.call('graph.following', {}),
      await me.call('graph.followers', {}),
      await me.call('graph.blocks', {}),
      await inboxOf(me),
      await me.call('conversations.list', { folder: 'blocked' }),
      await historyOf(me, conversation),
      await me.call('sync.read', {}),
      await me.call('me.get', {}),
      await tested.core.head(me.account_id),
    ])
  }

  test('what they can fetch is the same to the byte before, during and after a block', async () => {
    const pair = await couple(tested)
    const { a, b, conversation } = pair
    await say(a, conversation, 'one')
    await say(b, conversation, 'two')
    const before = await everythingAbout(a, b, pair)
    await b.call('graph.block', { account_id: a.account_id })
    assert.equal(await everythingAbout(a, b, pair), before)
    await b.call('conversations.read', { conversation_id: conversation, seq: 2 })
    await b.call('conversations.delete', { conversation_id: conversation })
    assert.equal(await everythingAbout(a, b, pair), before)
    await b.call('graph.unblock', { account_id: a.account_id })
    assert.equal(await everythingAbout(a, b, pair), before)
  })

  test('strangers too: search, profile, follow and its answer stay the same', async () => {
    const [a, b, c] = await Promise.all([
      tested.person(newName()),
      tested.person(newName()),
      tested.person(newName()),
    ])
    await c.call('graph.block', { account_id: a.account_id })
    const view = async (other: TestCaller) =>
      JSON.stringify([
        await a.call('accounts.get', { username: other.username }),
        await a.call('accounts.search', { q: other.username }),
        await a.call('graph.follow', { account_id: other.account_id }),
        await a.call('graph.unfollow', { account_id: other.account_id }),
      ])
        .replaceAll(other.account_id, 'ID')
        .replaceAll(other.username, 'NAME')
    assert.equal(await view(c), await view(b))
  })
})
