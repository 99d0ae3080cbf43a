// both engines
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  couple,
  deleteForMe,
  followLog,
  historyOf,
  inboxOf,
  inTurn,
  newName,
  refused,
  rowsOf,
  say,
  takeBack,
} from '../../test/rooms.ts'
import { MINUTE, startTestCore, type TestCaller } from '../../test/world.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'

const tested = await startTestCore()
after(() => tested.close())

const edit = (who: TestCaller, message: Message, text: string) =>
  who.call('messages.edit', { message_id: message.id, text })
const earlierTexts = async (who: TestCaller, message: Message) =>
  (await who.call('messages.edits', { message_id: message.id })).items.map((item) => ({ ...item }))

test('an edit replaces the text for both, marked, with a higher version and the same place (S5, O1)', async () => {
  const { a, b, conversation } = await couple(tested)
  const sent = await say(a, conversation, 'helo')
  const [log, own] = [await followLog(tested, b), await followLog(tested, a)]
  tested.clock.advance(MINUTE)
  const edited = await edit(a, sent, 'hello')
  assert.deepEqual(edited, {
    ...sent,
    text: 'hello',
    version: 2,
    edited_at: tested.clock(),
    edit_count: 1,
  })
  for (const reader of [log, own]) {
    const { events, messages } = await reader.read()
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['message.updated'],
    )
    assert.deepEqual(
      messages.map(({ text, version }) => ({ text, version })),
      [{ text: 'hello', version: 2 }],
    )
  }
  assert.equal((await historyOf(b, conversation))[0]?.text, 'hello')
  assert.equal((await inboxOf(b))[0]?.last_message?.text, 'hello')
})

test('an edit makes nothing unread and moves no conversation', async () => {
  const { a, b, conversation } = await couple(tested)
  const sent = await say(a, conversation, 'helo')
  await b.call('conversations.read', { conversation_id: conversation, seq: 1 })
  const [before] = await inboxOf(b)
  tested.clock.advance(MINUTE)
  await edit(a, sent, 'hello')
  const [now] = await inboxOf(b)
  assert.equal(now?.unread_count, 0)
  assert.equal(now?.last_activity_at, before?.last_activity_at)
})

test('earlier texts are there for both, oldest first, each with the time it was written', async () => {
  const { a, b, conversation } = await couple(tested)
  const sent = await say(a, conversation, 'one')
  tested.clock.advance(MINUTE)
  const second = await edit(a, sent, 'two')
  tested.clock.advance(MINUTE)
  await edit(a, sent, 'three')
  const expected = [
    { text: 'one', written_at: sent.sent_at },
    { text: 'two', written_at: second.edited_at },
  ]
  assert.deepEqual(await earlierTexts(a, sent), expected)
  assert.deepEqual(await earlierTexts(b, sent), expected)
})

test('earlier texts are nobody else’s: a stranger, or who deleted the message, gets not_found', async () => {
  const { a, b, conversation } = await couple(tested)
  const stranger = await tested.person(newName())
  const sent = await say(a, conversation, 'one')
  await edit(a, sent, 'two')
  await refused(earlierTexts(stranger, sent), 'not_found')
  await deleteForMe(b, sent)
  await refused(earlierTexts(b, sent), 'not_found')
  assert.equal((await earlierTexts(a, sent)).length, 1)
  await a.call('conversations.delete', { conversation_id: conversation })
  await refused(earlierTexts(a, sent), 'not_found')
})

test('U2 · earlier texts die with unsend, in every table', async () => {
  const { a, b, conversation } = await couple(tested)
  const sent = await say(a, conversation, 'canary-edit-1')
  await edit(a, sent, 'canary-edit-2')
  await edit(a, sent, 'canary-edit-3')
  await historyOf(b, conversation)
  await takeBack(a, sent)
  await refused(earlierTexts(a, sent), 'message_gone')
  await refused(earlierTexts(b, sent), 'message_gone')
  const tables = ['messages', 'message_edits', 'members', 'events']
  for (const table of tables)
    assert.doesNotMatch(JSON.stringify(await rowsOf(tested, table)), /canary-edit/, table)
})

test('15 minutes: the last moment still counts, the next does not, and unsend is offered instead', async () => {
  const { a, conversation } = await couple(tested)
  const sent = await say(a, conversation, 'one')
  tested.clock.advance(15 * MINUTE)
  await edit(a, sent, 'two')
  tested.clock.advance(1)
  assert.equal((await edit(a, sent, 'two')).edit_count, 1, 'a retry of the edit that went through')
  const refusal = await refused(edit(a, sent, 'three'), 'edit_window_closed')
  assert.deepEqual(refusal.row.remedies, ['unsend_instead'])
  assert.equal((await historyOf(a, conversation))[0]?.text, 'two')
})

test('five times at most; a text that stays as it is, a lost answer retried, does not count', async () => {
  const { a, b, conversation } = await couple(tested)
  const sent = await say(a, conversation, '0')
  const log = await followLog(tested, b)
  for (const text of ['1', '2', '2', '3', '4', '5', '5']) await edit(a, sent, text)
  assert.equal((await log.read()).events.length, 5)
  await refused(edit(a, sent, '6'), 'edit_window_closed')
  const [message] = await historyOf(b, conversation)
  assert.deepEqual([message?.text, message?.edit_count, message?.version], ['5', 5, 6])
})

test('only one’s own: the other person, and a stranger, get not_found', async () => {
  const { a, b, conversation } = await couple(tested)
  const stranger = await tested.person(newName())
  const sent = await say(a, conversation, 'mine')
  await refused(edit(b, sent, 'yours'), 'not_found')
  await refused(edit(stranger, sent, 'yours'), 'not_found')
  assert.equal((await historyOf(a, conversation))[0]?.text, 'mine')
})

test('U1 · unsend beats every edit: message_gone, whether a line stayed or not', async () => {
  const { a, b, conversation } = await couple(tested)
  const [seen, unseen] = [await say(a, conversation, 'seen'), await say(a, conversation, 'unseen')]
  await b.call('messages.list', { conversation_id: conversation, before: 2 })
  await takeBack(a, seen)
  await takeBack(a, unseen)
  for (const message of [seen, unseen])
    await refused(edit(a, message, 'back again'), 'message_gone')
  assert.deepEqual(
    (await historyOf(b, conversation)).map(({ text }) => text),
    [null],
  )
})

test('X1 · what could not be sent cannot be edited in: after a block, an unfollow, No one', async () => {
  const { a, b, conversation } = await couple(tested)
  const sent = await say(a, conversation, 'harmless')
  const log = await followLog(tested, b)
  await b.call('graph.block', { account_id: a.account_id })
  await refused(edit(a, sent, 'harm'), 'recipient_unavailable')
  await b.call('graph.unblock', { account_id: a.account_id })
  await b.call('settings.update', { who_can_message: 'no_one' })
  await refused(edit(a, sent, 'harm'), 'recipient_unavailable')
  await b.call('settings.update', { who_can_message: 'friends' })
  await a.call('graph.unfollow', { account_id: b.account_id })
  await refused(edit(a, sent, 'harm'), 'not_friends')
  await a.call('graph.block', { account_id: b.account_id })
  await refused(edit(a, sent, 'harm'), 'you_blocked_them')
  const { events } = await log.read()
  assert.equal(events.filter(({ kind }) => kind === 'message.updated').length, 0)
  assert.equal((await historyOf(b, conversation))[0]?.text, 'harmless')
})

test('who deleted the message or the thread hears nothing of its edits', async () => {
  const { a, b, conversation } = await couple(tested)
  const sent = await say(a, conversation, 'canary')
  await deleteForMe(b, sent)
  const log = await followLog(tested, b)
  await edit(a, sent, 'canary, again')
  const { events, messages, conversations } = await log.read()
  assert.deepEqual(
    { events, messages, conversations },
    { events: [], messages: [], conversations: [] },
  )
})

test('texts of edits meet the same rules as texts of messages', async () => {
  const { a, conversation } = await couple(tested)
  const sent = await say(a, conversation, 'ok')
  await refused(edit(a, sent, 'x'.repeat(4001)), 'message_too_long')
  await inTurn(['a\0b', '\ud83d', ' \u200b'], (text) =>
    refused(edit(a, sent, text), 'invalid_input'),
  )
  assert.equal((await edit(a, sent, '🫠'.repeat(4000))).text, '🫠'.repeat(4000))
})

test('the operator sets window and times', async () => {
  const strict = await startTestCore({
    settings: { edit: { window: MINUTE, times: 1 } },
  })
  const { a, conversation } = await couple(strict)
  const sent = await say(a, conversation, '0')
  await edit(a, sent, '1')
  await refused(edit(a, sent, '2'), 'edit_window_closed')
  const later = await say(a, conversation, '0')
  strict.clock.advance(MINUTE + 1)
  await refused(edit(a, later, '1'), 'edit_window_closed')
  await strict.close()
})
