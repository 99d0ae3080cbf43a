import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId, ClientId, MessageId } from '@takeback/protocol/ids.ts'
import type { OutboxEntry } from '@takeback/sdk/types.ts'
import { createItemList } from './item-list.ts'
import { GROUP_MS, unreadStart, type Item, type Shown } from './items.ts'

const me = 'me' as AccountId
const noon = new Date(2026, 10, 22, 12).getTime()
const DAY = 24 * 3_600_000

let seq = 0
function message(sender: string, at: number, change: Partial<Message> = {}): Message {
  seq += 1
  return {
    id: `m${seq}` as MessageId,
    seq,
    sender_id: sender as AccountId,
    sent_at: at,
    text: `text ${seq}`,
    unsent_at: null,
    ...change,
  } as Message
}
const unsent = { text: null, unsent_at: noon }
const entry = (at: number) =>
  ({ client_id: `c${at}` as ClientId, created_at: at, status: 'queued', text: 'x' }) as OutboxEntry

const shown = (messages: readonly Message[], change: Partial<Shown> = {}): Shown => ({
  messages,
  outbox: [],
  me,
  hasOlder: false,
  typing: false,
  folding: new Set(),
  unreadAfter: null,
  ...change,
})
const build = (messages: readonly Message[], change: Partial<Shown> = {}): Item[] =>
  createItemList()(shown(messages, change)).items.slice(1)
const kinds = (items: readonly Item[]) => items.map(({ kind }) => kind).join(' ')
const groups = (items: readonly Item[]) =>
  items
    .filter((item) => item.kind === 'message' || item.kind === 'outbox')
    .map(({ first, last }) => `${first ? '[' : ''}·${last ? ']' : ''}`)
    .join('')

test('messages of one person within two minutes form a group', () => {
  const items = build([
    message('a', noon),
    message('a', noon + GROUP_MS),
    message('a', noon + 2 * GROUP_MS),
    message('a', noon + 3 * GROUP_MS + 1),
    message('me', noon + 3 * GROUP_MS + 2),
  ])
  assert.equal(groups(items), '[···][·][·]')
})

test('a day separator stands before each day and ends a group', () => {
  const midnight = new Date(2026, 10, 23).getTime()
  const items = build([
    message('a', noon - DAY),
    message('a', midnight - 1000),
    message('a', midnight + 1000),
  ])
  assert.equal(kinds(items), 'day message day message day message')
  assert.equal(groups(items), '[·][·][·]')
})

test('unsent messages that stand together collapse into one line and end a group', () => {
  const items = build([
    message('a', noon),
    message('a', noon, unsent),
    message('me', noon, unsent),
    message('a', noon),
    message('a', noon, unsent),
  ])
  assert.equal(kinds(items), 'day message unsent message unsent')
  assert.deepEqual(
    items.flatMap((item) => (item.kind === 'unsent' ? [item.count] : [])),
    [2, 1],
  )
  assert.equal(groups(items), '[·][·]')
})

test('a message that is folding away still stands where it was', () => {
  const gone = message('a', noon)
  const items = build([message('a', noon), gone], { folding: new Set([gone.id]) })
  assert.deepEqual(
    items.flatMap((item) => (item.kind === 'message' ? [item.folding] : [])),
    [false, true],
  )
})

test('what waits to go out joins my last group; the mark moves to it', () => {
  const sent = [message('me', noon), message('a', noon), message('me', noon)]
  const marks = (items: readonly Item[]) =>
    items.flatMap((item) => (item.kind === 'message' ? [item.withStatus] : []))
  assert.deepEqual(marks(build(sent)), [false, false, true])
  const waiting = build(sent, { outbox: [entry(noon + 1)] })
  assert.deepEqual(marks(waiting), [false, false, false])
  assert.equal(groups(waiting), '[·][·][··]')
})

test('own messages keep the key they had in the outbox', () => {
  const [, item] = build([message('me', noon, { client_id: 'c-1' as ClientId })])
  assert.equal(item?.key, 'c-1')
})

test('the line "new" stands before the first unread message of somebody else', () => {
  seq = 10
  const list = [message('a', noon), message('me', noon), message('a', noon), message('a', noon)]
  assert.equal(
    kinds(build(list, { unreadAfter: 11 })),
    'day message message unread message message',
  )
  assert.equal(kinds(build(list, { unreadAfter: 20 })), 'day message message message message')
})

test('what I answered after counts as read', () => {
  seq = 20
  const list = [message('a', noon), message('me', noon), message('a', noon)]
  assert.equal(unreadStart({ unread_count: 2, read_seq: 20 }, list, me), 22)
  assert.equal(unreadStart({ unread_count: 1, read_seq: 22 }, list, me), 22)
  assert.equal(unreadStart({ unread_count: 0, read_seq: 0 }, list, me), null)
})

test('typing stands last', () => {
  assert.equal(kinds(build([message('a', noon)], { typing: true })), 'day message typing')
})
