// both engines
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { AccountId } from '@takeback/protocol/ids.ts'
import { followLog, newName, refused } from '../../test/rooms.ts'
import { startTestCore, type TestCaller } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())

const two = () => Promise.all([tested.person(newName()), tested.person(newName())])
const relation = async (who: TestCaller, other: TestCaller) =>
  (await who.call('accounts.get', { username: other.username })).relation
const none = { following: false, followed_by: false, friends: false, blocked: false }

test('friends are people who follow each other', async () => {
  const [a, b] = await two()
  assert.deepEqual(await relation(a, b), none)
  const { relation: mine } = await a.call('graph.follow', { account_id: b.account_id })
  assert.deepEqual(mine, { ...none, following: true })
  assert.deepEqual(await relation(b, a), { ...none, followed_by: true })
  await b.call('graph.follow', { account_id: a.account_id })
  const friends = { following: true, followed_by: true, friends: true, blocked: false }
  assert.deepEqual(await relation(a, b), friends)
  assert.deepEqual(await relation(b, a), friends)
  await a.call('graph.unfollow', { account_id: b.account_id })
  assert.deepEqual(await relation(a, b), { ...none, followed_by: true })
})

test('both logs learn of it, with the profile as each sees it; doing it again changes nothing', async () => {
  const [a, b] = await two()
  const logs = [await followLog(tested, a), await followLog(tested, b)]
  for (const verb of ['graph.follow', 'graph.unfollow'] as const) {
    const answers = [
      await a.call(verb, { account_id: b.account_id }),
      await a.call(verb, { account_id: b.account_id }),
    ]
    assert.deepEqual(answers[0], answers[1])
    const news = await Promise.all(logs.map((log) => log.read()))
    for (const { events } of news)
      assert.deepEqual(
        events.map(({ kind }) => kind),
        ['relation.updated'],
      )
    assert.deepEqual(
      news[0]?.accounts.map(({ id }) => id),
      [b.account_id],
    )
    assert.deepEqual(
      news[1]?.accounts.map(({ relation: { followed_by } }) => followed_by),
      [verb === 'graph.follow'],
    )
  }
})

test('ten follows at once are one', async () => {
  const [a, b] = await two()
  const log = await followLog(tested, b)
  await Promise.all(
    Array.from({ length: 10 }, () => a.call('graph.follow', { account_id: b.account_id })),
  )
  assert.equal((await log.read()).events.length, 1)
  assert.equal((await b.call('graph.followers', {})).items.length, 1)
})

test('following oneself is invalid, following nobody not_found, and nothing is written', async () => {
  const [a, b] = await two()
  await refused(a.call('graph.follow', { account_id: a.account_id }), 'invalid_input')
  const nobody = a.device_id as string as AccountId
  await refused(a.call('graph.follow', { account_id: nobody }), 'not_found')
  await refused(a.call('graph.unfollow', { account_id: nobody }), 'not_found')
  assert.deepEqual((await a.call('graph.following', {})).items, [])
  assert.deepEqual((await a.call('graph.unfollow', { account_id: b.account_id })).relation, none)
})

test('X1 · who blocked me hears nothing of my follows, and sees them when the block ends', async () => {
  const [a, b] = await two()
  await b.call('graph.block', { account_id: a.account_id })
  const log = await followLog(tested, b)
  await a.call('graph.follow', { account_id: b.account_id })
  assert.deepEqual((await log.read()).events, [])
  assert.equal((await relation(b, a)).followed_by, false)
  await b.call('graph.unblock', { account_id: a.account_id })
  assert.deepEqual(
    (await log.read()).accounts.map(({ relation: { followed_by } }) => followed_by),
    [true],
  )
})
