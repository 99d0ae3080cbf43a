// both engines
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { EventPage } from '@takeback/protocol/events.ts'
import {
  couple,
  deleteForMe,
  followLog,
  historyOf,
  inboxOf,
  inTurn,
  newName,
  say,
} from '../../test/rooms.ts'
import { startTestCore, type TestCaller } from '../../test/world.ts'
import { MAX_PAGE_EVENTS } from './page.ts'

const tested = await startTestCore()
after(() => tested.close())

async function pageOf(who: TestCaller, after_: number): Promise<EventPage> {
  const { epoch } = await tested.core.head(who.account_id)
  const page = await tested.core.page(who.account_id, epoch, after_)
  assert.equal(page.type, 'events')
  return page.type === 'events' ? page : assert.fail()
}

describe('S4 · a page', () => {
  test('goes from after to through, names events in order, and brings each entity once, as it is now', async () => {
    const { a, b, conversation } = await couple(tested)
    const { head } = await tested.core.head(b.account_id)
    const one = await say(a, conversation, 'one')
    await say(a, conversation, 'two')
    await a.call('messages.edit', { message_id: one.id, text: 'one, edited' })
    const page = await pageOf(b, head)
    assert.deepEqual([page.after, page.through, page.head], [head, head + 3, head + 3])
    assert.deepEqual(
      page.events.map(({ seq, kind }) => [seq, kind]),
      [
        [head + 1, 'message.new'],
        [head + 2, 'message.new'],
        [head + 3, 'message.updated'],
      ],
    )
    assert.deepEqual(
      page.messages.map(({ text }) => text),
      ['one, edited'],
    )
    assert.deepEqual(
      page.conversations.map(({ last_message }) => last_message?.text),
      ['two'],
    )
    assert.deepEqual(page.accounts, [])
    assert.equal(page.me, undefined)
  })

  test('at the head it is empty and stays there', async () => {
    const { b } = await couple(tested)
    const { head } = await tested.core.head(b.account_id)
    const page = await pageOf(b, head)
    assert.deepEqual([page.after, page.through, page.head, page.events], [head, head, head, []])
  })

  test('through runs ahead of events that are no longer for these eyes', async () => {
    const { a, b, conversation } = await couple(tested)
    const { head } = await tested.core.head(b.account_id)
    const sent = await say(a, conversation, 'one')
    await a.call('messages.delete', { message_id: sent.id, for: 'everyone' })
    const page = await pageOf(b, head)
    assert.deepEqual(
      [page.through, page.head, page.events, page.conversations],
      [head + 1, head + 1, [], []],
    )
  })

  test('read twice, it is the same page: nothing is used up', async () => {
    const { a, b, conversation } = await couple(tested)
    await say(a, conversation, 'one')
    assert.deepEqual(await pageOf(b, 0), await pageOf(b, 0))
  })
})

describe('S2 of PROMISES · a page is bounded', () => {
  test('to 200 events, and to `limit` where that is less; together the pages leave nothing out', async () => {
    const { a, b, conversation } = await couple(tested)
    const { epoch, head } = await tested.core.head(b.account_id)
    const log = await followLog(tested, b)
    await Promise.all(Array.from({ length: 450 }, (_, n) => say(a, conversation, String(n))))
    const { pages, events } = await log.read()
    assert.ok(pages.every((page) => page.events.length <= MAX_PAGE_EVENTS))
    assert.deepEqual(
      events.map(({ seq }) => seq),
      Array.from({ length: 450 }, (_, n) => head + 1 + n),
    )
    const small = await b.call('sync.read', { cursor: `${epoch}.${head}`, limit: 7 })
    assert.equal(small.type === 'events' && small.events.length, 7)
  })

  for (const [name, text] of [
    ['long Latin texts', 'x'.repeat(4000)],
    ['long astral texts', '🫠'.repeat(4000)],
    ['texts that JSON escapes', `!${'\u0001'.repeat(3999)}`],
  ] as const)
    test(`in bytes: ${name}`, async () => {
      const { a, b, conversation } = await couple(tested)
      const log = await followLog(tested, b)
      await Promise.all(Array.from({ length: 40 }, () => say(a, conversation, text)))
      const { pages, events } = await log.read()
      assert.equal(events.length, 40)
      assert.ok(pages.length > 1)
      for (const page of pages) assert.ok(Buffer.byteLength(JSON.stringify(page)) < 160 * 1024)
    })

  test('in bytes also where events name only conversations, whose newest messages are long', async () => {
    const me = await tested.person(newName())
    const friends = await Promise.all(Array.from({ length: 16 }, () => tested.person(newName())))
    await inTurn(friends, async (friend) =>
      say(friend, await tested.befriend(friend, me), '🫠'.repeat(4000)),
    )
    const log = await followLog(tested, me)
    await inTurn(friends, (friend) => friend.call('me.update', { display_name: 'renamed' }))
    const { pages, events } = await log.read()
    assert.equal(events.length, 16)
    for (const page of pages) assert.ok(Buffer.byteLength(JSON.stringify(page)) < 160 * 1024)
  })
})

describe('pages of many people, asked for at once', () => {
  test('are each the page that one alone would get, whatever they name in common', async () => {
    const { a, b, conversation } = await couple(tested)
    const { epoch, head } = await tested.core.head(b.account_id)
    const kept = await say(a, conversation, 'one')
    const removed = await say(b, conversation, 'two')
    await deleteForMe(a, removed)
    await say(a, conversation, 'three')
    const ask = (who: TestCaller, after_: number) => tested.core.page(who.account_id, epoch, after_)
    const alone = [await ask(a, 0), await ask(b, 0), await ask(b, head), await ask(b, head + 99)]
    const together = await Promise.all([ask(a, 0), ask(b, 0), ask(b, head), ask(b, head + 99)])
    assert.deepEqual(together, alone)
    const [mine, theirs] = together
    assert.ok(mine?.type === 'events' && theirs?.type === 'events')
    assert.ok(!JSON.stringify(mine).includes('"two"') && JSON.stringify(theirs).includes('"two"'))
    // A client id is its sender's own.
    const seenBy = (page: EventPage) => page.messages.find(({ id }) => id === kept.id)
    assert.equal(seenBy(mine)?.client_id, kept.client_id)
    assert.equal(seenBy(theirs)?.client_id, undefined)
  })

  test('are bounded together: who comes after that gets an empty page that says there is more', async () => {
    const many = await Promise.all(Array.from({ length: 12 }, () => couple(tested)))
    await Promise.all(
      many.flatMap(({ a, conversation }) =>
        Array.from({ length: MAX_PAGE_EVENTS }, (_, n) => say(a, conversation, String(n))),
      ),
    )
    const { epoch } = await tested.core.head(many[0]?.b.account_id ?? assert.fail())
    const cursors = new Map(many.map(({ b }) => [b.account_id, 0]))
    let rounds = 0
    let read = 0
    while (cursors.size > 0) {
      rounds++
      const pages = await Promise.all(
        [...cursors].map(([id, after_]) => tested.core.page(id, epoch, after_)),
      )
      for (const [index, [id]] of [...cursors].entries()) {
        const page = pages[index]
        assert.ok(page?.type === 'events')
        if (page.through === page.head) cursors.delete(id)
        else cursors.set(id, page.through)
        read += page.events.filter(({ kind }) => kind === 'message.new').length
      }
      assert.ok(rounds < 20, 'Everybody comes to their turn.')
    }
    assert.equal(read, many.length * MAX_PAGE_EVENTS)
    assert.ok(rounds > 2)
  })
})

describe('S6 · a cursor that the log does not reach gets reset', () => {
  test('of another epoch, ahead of the head; and the answer tells where to start', async () => {
    const { b } = await couple(tested)
    const { epoch, head } = await tested.core.head(b.account_id)
    const reset = { type: 'reset', epoch, head }
    assert.deepEqual(await tested.core.page(b.account_id, epoch, head + 1), reset)
    assert.deepEqual(await tested.core.page(b.account_id, '0'.repeat(26), head), reset)
    assert.deepEqual(await tested.core.page(b.account_id, '', 0), reset)
    assert.deepEqual(await b.call('sync.read', { cursor: `${epoch}.999999999999999` }), reset)
  })
})

describe('S7 · a snapshot', () => {
  test('is what the person is, has and is part of, at the seq of the head', async () => {
    const { a, b, conversation } = await couple(tested)
    await say(a, conversation, 'one')
    const { epoch, head } = await tested.core.head(b.account_id)
    assert.deepEqual(await b.call('sync.read', {}), {
      type: 'snapshot',
      epoch,
      seq: head,
      me: await b.call('me.get', {}),
      conversations: await inboxOf(b),
    })
  })

  test('and the events after it are exactly what it lacks: taken in the middle of a storm (O3)', async () => {
    const { a, b, conversation } = await couple(tested)
    const storm: Promise<unknown>[] = []
    const snapshots: Promise<Awaited<ReturnType<typeof read>>>[] = []
    const read = () => b.call('sync.read', {})
    for (let n = 0; n < 30; n++) {
      storm.push(say(a, conversation, `message ${n}`))
      if (n % 3 === 0) snapshots.push(read())
      if (n % 10 === 9) await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(storm)
    for (const snapshot of await Promise.all(snapshots)) {
      assert.equal(snapshot.type, 'snapshot')
      if (snapshot.type !== 'snapshot') return
      const [there] = snapshot.conversations
      const { pages } = { pages: [await pageOf(b, snapshot.seq)] }
      const later = pages
        .flatMap((page) => page.events)
        .filter(({ kind }) => kind === 'message.new').length
      const had = there?.unread_count ?? 0
      assert.equal(had + later, 30)
      assert.equal(there?.last_message?.seq ?? 0, had)
    }
  })
})

test('U2 · what was deleted for me is told by id only', async () => {
  const { a, b, conversation } = await couple(tested)
  const { head } = await tested.core.head(b.account_id)
  const sent = await say(a, conversation, 'canary')
  await historyOf(b, conversation)
  await deleteForMe(b, sent)
  const page = await pageOf(b, head)
  assert.deepEqual(
    page.events.map(({ kind }) => kind),
    ['message.removed'],
  )
  assert.doesNotMatch(JSON.stringify(page), /canary/)
})

test('S13 · who comes later sees nothing of what was written for others before', async () => {
  const { a, b, conversation } = await couple(tested)
  await say(a, conversation, 'private')
  const stranger = await tested.person(newName())
  const page = await pageOf(stranger, 0)
  assert.deepEqual([page.events, page.messages, page.conversations], [[], [], []])
  assert.ok((await pageOf(b, 0)).events.length > 0)
})
