// both engines
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import { inboxOf, inTurn, newName, refused, say } from '../../test/rooms.ts'
import { MINUTE, startTestCore, type TestCaller } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())

/** One person with `count` conversations, opened by friends in order. */
async function withFriends(
  count: number,
): Promise<{ me: TestCaller; friends: { friend: TestCaller; id: ConversationId }[] }> {
  const me = await tested.person(newName())
  const people = await Promise.all(Array.from({ length: count }, () => tested.person(newName())))
  const friends = await inTurn(people, async (friend) => ({
    friend,
    id: await tested.befriend(friend, me),
  }))
  return { me, friends }
}

const ids = async (...args: Parameters<typeof inboxOf>) =>
  (await inboxOf(...args)).map(({ id }) => id)

test('by latest activity: what is sent moves a conversation up, for both', async () => {
  const { me, friends } = await withFriends(3)
  for (const { friend, id } of friends) {
    tested.clock.advance(MINUTE)
    await say(friend, id, 'hi')
  }
  const [first, second, third] = friends.map(({ id }) => id)
  assert.deepEqual(await ids(me), [third, second, first])
  tested.clock.advance(MINUTE)
  assert.ok(first)
  await say(me, first, 'back')
  assert.deepEqual(await ids(me), [first, third, second])
})

test('reading, typing and edits move nothing', async () => {
  const { me, friends } = await withFriends(2)
  const [one, two] = friends
  assert.ok(one && two)
  const sent = await say(one.friend, one.id, 'hi')
  tested.clock.advance(MINUTE)
  await say(two.friend, two.id, 'hi')
  tested.clock.advance(MINUTE)
  await me.call('conversations.read', { conversation_id: one.id, seq: 1 })
  await one.friend.call('messages.edit', { message_id: sent.id, text: 'hello' })
  assert.deepEqual(await ids(me), [two.id, one.id])
})

test('pages: every conversation once, in order, also those of the same moment; hidden ones never', async () => {
  const { me, friends } = await withFriends(7)
  for (const [index, { friend, id }] of friends.entries()) {
    if (index === 6) break
    if (index % 2 === 0) tested.clock.advance(MINUTE)
    await say(friend, id, 'hi')
  }
  const all = await ids(me)
  assert.equal(all.length, 6)
  for (const limit of [1, 2, 3, 4, 6, 7]) {
    const found: ConversationId[] = []
    let cursor: string | null = null
    do {
      const page: { items: { id: ConversationId }[]; next_cursor: string | null } = await me.call(
        'conversations.list',
        { limit, ...(cursor === null ? {} : { cursor }) },
      )
      assert.ok(page.items.length <= limit)
      found.push(...page.items.map(({ id }) => id))
      cursor = page.next_cursor
    } while (cursor !== null)
    assert.deepEqual(found, all, `limit ${limit}`)
  }
})

test('a cursor that is not one of ours is refused', async () => {
  const { me } = await withFriends(1)
  for (const cursor of [
    'x',
    '1',
    '1.2',
    `${'9'.repeat(16)}.${'0'.repeat(26)}`,
    `-1.${'0'.repeat(26)}`,
  ])
    await refused(me.call('conversations.list', { cursor }), 'invalid_input')
})

test('each with preview, unread count and both members', async () => {
  const { me, friends } = await withFriends(1)
  const [one] = friends
  assert.ok(one)
  for (const text of ['1', '2']) await say(one.friend, one.id, text)
  const [conversation] = await inboxOf(me)
  assert.deepEqual(
    [
      conversation?.last_message?.text,
      conversation?.unread_count,
      conversation?.kind,
      conversation?.folder,
    ],
    ['2', 2, 'direct', 'inbox'],
  )
  assert.deepEqual(
    conversation?.members.map(({ account }) => account.username).toSorted(),
    [me.username, one.friend.username].toSorted(),
  )
})

test('it is mine alone: a stranger lists nothing of it', async () => {
  const { friends } = await withFriends(1)
  const [one] = friends
  assert.ok(one)
  await say(one.friend, one.id, 'hi')
  assert.deepEqual(await ids(await tested.person(newName())), [])
})
