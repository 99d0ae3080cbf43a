import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId, ClientId, MessageId } from '@takeback/protocol/ids.ts'
import type { OutboxEntry } from '@takeback/sdk/types.ts'
import fc from 'fast-check'
import { createItemList } from './item-list.ts'
import type { Shown } from './items.ts'

const me = 'me' as AccountId
const HOUR = 3_600_000
const noon = new Date(2026, 10, 22, 12).getTime()

const message = (seq: number, own = seq % 3 === 0): Message =>
  ({
    id: `m${seq}` as MessageId,
    seq,
    sender_id: own ? me : ('a' as AccountId),
    sent_at: noon + seq * HOUR,
    text: `text ${seq}`,
    unsent_at: null,
  }) as Message
const unsent = (one: Message): Message => ({ ...one, text: null, unsent_at: noon })
const messages = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => message(from + at))
const show = (change: Partial<Shown>): Shown => ({
  messages: [],
  outbox: [],
  me,
  hasOlder: false,
  typing: false,
  folding: new Set(),
  unreadAfter: null,
  ...change,
})

test('what did not change keeps its rows: those of older pages, of news, of days before an unsend', () => {
  const build = createItemList()
  const some = messages(100, 200)
  const before = build(show({ messages: some }))
  const rowsOf = (from: number) => new Set(before.items.slice(from))

  const older = build(show({ messages: [...messages(0, 100), ...some] }))
  const kept = older.items.filter((item) => rowsOf(0).has(item))
  // All but the head of the list and the separator or end of a group where the pages meet.
  assert.ok(kept.length >= before.items.length - 3, `${kept.length} of ${before.items.length}`)

  const newer = build(show({ messages: [...some, message(200)] }))
  assert.ok(newer.items.filter((item) => rowsOf(0).has(item)).length >= before.items.length - 3)

  const gone = some.map((one) => (one.seq === 199 ? unsent(one) : one))
  const after = build(show({ messages: gone }))
  assert.ok(after.items.filter((item) => rowsOf(0).has(item)).length >= before.items.length - 4)
})

test('days are told with the place of their separator', () => {
  const { items, days } = createItemList()(show({ messages: messages(0, 60) }))
  assert.deepEqual(
    days,
    items.flatMap((item, index) => (item.kind === 'day' ? [{ index, day: item.day }] : [])),
  )
  assert.equal(days.length, 3)
})

test('the mark leaves a message when a newer one of mine is there', () => {
  const build = createItemList()
  const marks = (change: Partial<Shown>) =>
    build(show(change)).items.flatMap((item) =>
      item.kind === 'message' && item.withStatus ? [item.message.seq] : [],
    )
  assert.deepEqual(marks({ messages: messages(1, 4) }), [3])
  assert.deepEqual(marks({ messages: messages(1, 8) }), [6])
  assert.deepEqual(marks({ messages: messages(1, 4) }), [3])
})

type Change =
  | { do: 'older' | 'newer'; count: number }
  | { do: 'unsend' | 'remove' | 'edit' | 'fold'; at: number }
  | { do: 'enqueue' | 'sent' | 'unfold' | 'type' }
  | { do: 'read'; after: number }

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ do: fc.constantFrom('older', 'newer'), count: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ do: fc.constantFrom('unsend', 'remove', 'edit', 'fold'), at: fc.nat(40) }),
  fc.record({ do: fc.constantFrom('enqueue', 'sent', 'unfold', 'type') }),
  fc.record({ do: fc.constant('read' as const), after: fc.nat(1_050) }),
)

/** A conversation after a change; places count from its end, as most is done there. */
function next(shown: Shown, one: Change): Shown {
  const { messages: held, outbox } = shown
  const first = held[0]?.seq ?? 1_000
  const last = held.at(-1)?.seq ?? 999
  const exchange = (at: number, by: (old: Message) => Message) =>
    held.map((old, index) => (index === held.length - 1 - at ? by(old) : old))
  switch (one.do) {
    case 'older':
      return { ...shown, messages: [...messages(first - one.count, first), ...held] }
    case 'newer':
      return { ...shown, messages: [...held, ...messages(last + 1, last + 1 + one.count)] }
    case 'unsend':
      return { ...shown, messages: exchange(one.at, unsent) }
    case 'edit':
      return { ...shown, messages: exchange(one.at, (old) => ({ ...old, edit_count: 1 })) }
    case 'remove':
      return { ...shown, messages: held.filter((_, index) => index !== held.length - 1 - one.at) }
    case 'fold':
      return { ...shown, folding: new Set(held.slice(-1 - one.at).map(({ id }) => id)) }
    case 'unfold':
      return { ...shown, folding: new Set() }
    case 'enqueue':
      return { ...shown, outbox: [...outbox, entry(last, outbox.length)] }
    case 'sent':
      return { ...shown, outbox: outbox.slice(1) }
    case 'type':
      return { ...shown, typing: !shown.typing }
    case 'read':
      return { ...shown, unreadAfter: one.after }
  }
}

const entry = (seq: number, count: number) =>
  ({
    client_id: `c${seq}-${count}` as ClientId,
    created_at: noon + (seq + count) * HOUR,
    status: 'queued',
  }) as OutboxEntry

test('rows that are kept are those that would be made', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const build = createItemList()
      let shown = show({ messages: messages(1_000, 1_010) })
      for (const one of changes) {
        shown = next(shown, one)
        assert.deepEqual(build(shown), createItemList()(shown))
      }
    }),
    { numRuns: 300 },
  )
})
