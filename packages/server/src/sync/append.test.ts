// both engines
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { AccountId } from '@takeback/protocol/ids.ts'
import type { Hint } from '../core/types.ts'
import type { Transaction } from '../store/store.ts'
import { couple, inTurn, newName, rowsOf, say, takeBack } from '../../test/rooms.ts'
import { startTestCore, type TestCaller } from '../../test/world.ts'
import { append } from './append.ts'
import { kinds } from './kinds.ts'

const tested = await startTestCore()
after(() => tested.close())

interface EventRow {
  account_id: AccountId
  seq: number
}

async function seqsOf(person: TestCaller): Promise<number[]> {
  const rows = (await rowsOf(tested, 'events')) as EventRow[]
  return rows.filter(({ account_id }) => account_id === person.account_id).map(({ seq }) => seq)
}

test('S1 · every log is gapless from 1 to its head, whatever happens at once', async () => {
  const { a, b, conversation } = await couple(tested)
  const c = await tested.person(newName())
  const second = await tested.befriend(a, c)
  await Promise.allSettled([
    ...Array.from({ length: 20 }, (_, n) => say(n % 2 ? a : b, conversation, String(n))),
    ...Array.from({ length: 10 }, (_, n) => say(a, second, String(n))),
    a.call('graph.block', { account_id: c.account_id }),
    ...Array.from({ length: 10 }, (_, n) => say(c, second, String(n))),
    b.call('me.update', { display_name: 'New name' }),
    b.call('conversations.read', { conversation_id: conversation, seq: 5 }),
  ])
  for (const person of [a, b, c]) {
    const { head } = await tested.core.head(person.account_id)
    assert.deepEqual(
      await seqsOf(person),
      Array.from({ length: head }, (_, n) => n + 1),
    )
  }
})

test('S1 · a refused command takes no seq, not even between two that succeed in the same commit', async () => {
  const { a, b, conversation } = await couple(tested)
  const { head } = await tested.core.head(b.account_id)
  const outcomes = await Promise.allSettled([
    say(a, conversation, 'one'),
    say(a, conversation, ' '),
    b.call('graph.follow', { account_id: b.account_id }),
    say(a, conversation, 'two'),
  ])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  )
  assert.equal((await tested.core.head(b.account_id)).head, head + 2)
})

test('S1 · logs are taken in the order of account ids, whatever the order of the events', async () => {
  const people = await Promise.all(Array.from({ length: 5 }, () => tested.person(newName())))
  const ids = people.map(({ account_id }) => account_id)
  const order: unknown[] = []
  const write = append(tested.clock, () => {})
  await tested.store.transact(async (tx) => {
    const watched: Transaction = {
      ...tx,
      all: async (sql, params) => {
        const rows = await tx.all<never>(sql, params)
        if (sql.includes('from logs')) order.push(...rows.map(({ account_id }) => account_id))
        return rows
      },
    }
    const backwards = [...ids.toSorted().reverse(), ...ids]
    await write(
      watched,
      backwards.map((account_id) => ({ account_id, kind: kinds.meUpdated })),
    )
  })
  assert.deepEqual(order, ids.toSorted())
  for (const person of people) assert.deepEqual(await seqsOf(person), [1, 2])
})

test('a poke per log follows the commit and carries the new head; a failed transaction pokes nobody', async () => {
  const { a, b, conversation } = await couple(tested)
  const hints: Hint[] = []
  tested.core.onHint((hint) => void hints.push(hint))
  await say(a, conversation, 'hi')
  const heads = await inTurn([a, b], async ({ account_id }) => ({
    type: 'poke',
    account_id,
    seq: (await tested.core.head(account_id)).head,
  }))
  assert.deepEqual(new Set(hints), new Set(heads))
  hints.length = 0
  await assert.rejects(say(a, conversation, ''))
  const write = append(tested.clock, (hint) => void hints.push(hint))
  await assert.rejects(
    tested.store.transact(async (tx) => {
      await write(tx, [{ account_id: a.account_id, kind: kinds.meUpdated }])
      throw new Error('changed my mind')
    }),
    /changed my mind/,
  )
  assert.deepEqual(hints, [])
})

test('S2 · rows hold kind and ids: no text, name, or anything else of whatever happened', async () => {
  const { a, b, conversation } = await couple(tested)
  const sent = await say(a, conversation, 'canary text')
  await a.call('messages.edit', { message_id: sent.id, text: 'canary edit' })
  await a.call('me.update', { display_name: 'canary name', bio: 'canary bio' })
  await b.call('conversations.read', { conversation_id: conversation, seq: 1 })
  await takeBack(a, sent)
  const rows = await rowsOf(tested, 'events')
  const id = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/
  for (const row of rows)
    for (const [column, value] of Object.entries(row) as [string, unknown][])
      assert.ok(
        value === null ||
          typeof value === 'number' ||
          (typeof value === 'string' && id.test(value)),
        `${column}: ${String(value)}`,
      )
})
