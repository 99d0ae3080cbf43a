// both engines
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { AccountId } from '@takeback/protocol/ids.ts'
import { inTurn, newName, refused } from '../../test/rooms.ts'
import { MINUTE, startTestCore, type TestCaller } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())

const me = await tested.person(newName())
const others = await Promise.all(Array.from({ length: 7 }, () => tested.person(newName())))
await inTurn([...others.entries()], async ([index, other]) => {
  if (index % 2 === 0) tested.clock.advance(MINUTE)
  await me.call('graph.follow', { account_id: other.account_id })
  if (index > 1) await other.call('graph.follow', { account_id: me.account_id })
})

type List = 'graph.following' | 'graph.followers' | 'graph.friends' | 'graph.blocks'

async function all(who: TestCaller, list: List, limit: number): Promise<AccountId[]> {
  const found: AccountId[] = []
  let cursor: string | null = null
  do {
    const page: { items: { id: AccountId }[]; next_cursor: string | null } = await who.call(list, {
      limit,
      ...(cursor === null ? {} : { cursor }),
    })
    assert.ok(page.items.length <= limit)
    found.push(...page.items.map(({ id }) => id))
    cursor = page.next_cursor
  } while (cursor !== null)
  return found
}

for (const [list, expected] of [
  ['graph.following', others],
  ['graph.followers', others.slice(2)],
  ['graph.friends', others.slice(2)],
  ['graph.blocks', []],
] as const)
  test(`${list}: everybody once whatever the page size, newest first`, async () => {
    const whole = (await me.call(list, {})).items
    assert.deepEqual(
      new Set(whole.map(({ id }) => id)),
      new Set(expected.map(({ account_id }) => account_id)),
    )
    for (const limit of [1, 2, 3, 5, 7, 100])
      assert.deepEqual(
        await all(me, list, limit),
        whole.map(({ id }) => id),
        `limit ${limit}`,
      )
    const places = whole.map(({ id }) =>
      Math.floor(others.findIndex(({ account_id }) => account_id === id) / 2),
    )
    assert.deepEqual(
      places,
      places.toSorted((a, b) => b - a),
    )
  })

test('my blocks hide people from my other lists, and a full page is still full', async () => {
  const [first, second] = [others[6], others[5]]
  assert.ok(first && second)
  for (const other of [first, second])
    await me.call('graph.block', { account_id: other.account_id })
  const { items } = await me.call('graph.following', { limit: 5 })
  assert.equal(items.length, 5)
  assert.equal((await all(me, 'graph.friends', 2)).length, 3)
  assert.deepEqual(
    new Set(await all(me, 'graph.blocks', 1)),
    new Set([first.account_id, second.account_id]),
  )
  for (const other of [first, second])
    await me.call('graph.unblock', { account_id: other.account_id })
})

test('a cursor that is not one of ours is refused', async () => {
  for (const cursor of ['x', '1.2', '1.', `a.${'0'.repeat(26)}`])
    await refused(me.call('graph.following', { cursor }), 'invalid_input')
})
