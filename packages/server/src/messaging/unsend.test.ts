// both engines
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import {
  couple,
  deleteForMe,
  followLog,
  historyOf,
  inboxOf,
  newName,
  refused,
  say,
  takeBack,
  type Couple,
} from '../../test/rooms.ts'
import { DAY, MINUTE, startTestCore, type TestCaller } from '../../test/world.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'

const tested = await startTestCore()
after(() => tested.close())

/** What a person's app can fetch of a conversation, apart from its version, which only ever rises. */
async function viewOf(who: TestCaller, conversation_id: Couple['conversation']) {
  const { version: _, ...conversation } = await who.call('conversations.get', { conversation_id })
  const inbox = (await inboxOf(who)).map(({ version: __, ...rest }) => rest)
  return { conversation, inbox, history: await historyOf(who, conversation_id) }
}

describe('no device of the recipient has fetched the message: no trace at all', () => {
  test('a brand-new conversation is invisible again, for both', async () => {
    const { a, b, conversation } = await couple(tested)
    const log = await followLog(tested, b)
    const before = await viewOf(b, conversation)
    tested.clock.advance(MINUTE)
    const sent = await say(a, conversation, 'never mind')
    tested.clock.advance(MINUTE)
    await takeBack(a, sent)
    tested.clock.advance(MINUTE)

    const { events, messages, conversations, accounts } = await log.read()
    assert.deepEqual(
      { events, messages, conversations, accounts },
      { events: [], messages: [], conversations: [], accounts: [] },
    )
    assert.deepEqual(await viewOf(b, conversation), before)
    const snapshot = await b.call('sync.read', {})
    assert.deepEqual(snapshot.type === 'snapshot' && snapshot.conversations, [])
    assert.deepEqual(await inboxOf(a), [])
    assert.deepEqual(await historyOf(a, conversation), [])
  })

  test('amid other messages: history, inbox, unread and time of activity are as if it was never sent', async () => {
    const { a, b, conversation } = await couple(tested)
    await say(a, conversation, 'first')
    await say(b, conversation, 'second')
    await say(a, conversation, 'third')
    const before = await viewOf(b, conversation)
    assert.equal(before.conversation.unread_count, 2)
    const log = await followLog(tested, b)
    tested.clock.advance(MINUTE)
    const sent = await say(a, conversation, 'never mind')
    await takeBack(a, sent)
    const { events, messages, conversations } = await log.read()
    assert.deepEqual(
      { events, messages, conversations },
      { events: [], messages: [], conversations: [] },
    )
    assert.deepEqual(await viewOf(b, conversation), before)
  })

  test('older than a message that stays: only that one is there', async () => {
    const { a, b, conversation } = await couple(tested)
    const log = await followLog(tested, b)
    const sent = await say(a, conversation, 'never mind')
    const stays = await say(a, conversation, 'but this')
    await takeBack(a, sent)
    const { events, messages } = await log.read()
    assert.deepEqual(
      events.map((event) => ('message_id' in event ? event.message_id : null)),
      [stays.id],
    )
    assert.deepEqual(
      messages.map(({ id }) => id),
      [stays.id],
    )
    const [conversationNow] = await inboxOf(b)
    assert.equal(conversationNow?.unread_count, 1)
  })

  test('a deleted thread that it revived is gone again', async () => {
    const { a, b, conversation } = await couple(tested)
    await say(a, conversation, 'old')
    await b.call('conversations.delete', { conversation_id: conversation })
    const before = await viewOf(b, conversation)
    tested.clock.advance(MINUTE)
    await takeBack(a, await say(a, conversation, 'never mind'))
    assert.deepEqual(await viewOf(b, conversation), before)
    assert.deepEqual(before.inbox, [])
  })

  test('the sender’s other devices are told to remove it', async () => {
    const { a, conversation } = await couple(tested)
    const log = await followLog(tested, a)
    const sent = await say(a, conversation, 'never mind')
    await log.read()
    await takeBack(a, sent)
    const { events, messages, conversations } = await log.read()
    assert.deepEqual(
      events.map(({ seq: _, ...event }) => event),
      [{ kind: 'message.removed', conversation_id: conversation, message_id: sent.id }],
    )
    assert.deepEqual(messages, [])
    assert.deepEqual(
      conversations.map(({ hidden, last_message }) => ({ hidden, last_message })),
      [{ hidden: true, last_message: null }],
    )
  })

  test('the sender reading it on all their own devices is no fetching', async () => {
    const { a, b, conversation } = await couple(tested)
    const sent = await say(a, conversation, 'never mind')
    const other = await a.anotherDevice()
    await historyOf(other, conversation)
    await other.call('sync.read', {})
    await a.call('conversations.read', { conversation_id: conversation, seq: sent.seq })
    await takeBack(a, sent)
    assert.deepEqual(await historyOf(b, conversation), [])
  })

  test('what the recipient does without fetching leaves it so: verdicts, profiles, follows, typing, acks', async () => {
    const { a, b, conversation } = await couple(tested)
    const { epoch, head } = await tested.core.head(b.account_id)
    const sent = await say(a, conversation, 'never mind')
    await b.call('accounts.get', { username: a.username })
    await b.call('graph.friends', {})
    await b.call('conversations.typing', { conversation_id: conversation })
    await b.call('sync.acknowledge', { epoch, seq: head })
    await b.call('messages.list', { conversation_id: conversation, before: sent.seq })
    await takeBack(a, sent)
    assert.deepEqual(await historyOf(b, conversation), [])
  })

  test('nobody may name it any more: edits, deleting for me, earlier texts', async () => {
    const { a, b, conversation } = await couple(tested)
    const sent = await say(a, conversation, 'never mind')
    await takeBack(a, sent)
    await refused(deleteForMe(b, sent), 'not_found')
    await refused(takeBack(b, sent), 'not_found')
    await refused(b.call('messages.edits', { message_id: sent.id }), 'not_found')
    await refused(b.call('messages.edit', { message_id: sent.id, text: 'x' }), 'not_found')
  })
})

describe('a device has fetched it: a line without content stays', () => {
  const ways: Record<string, (pair: Couple) => Promise<unknown>> = {
    'by its log': async ({ b }) => {
      const { epoch } = await tested.core.head(b.account_id)
      await tested.core.page(b.account_id, epoch, 0)
    },
    'by GET /sync with a cursor': async ({ b }) => {
      const { epoch } = await tested.core.head(b.account_id)
      await b.call('sync.read', { cursor: `${epoch}.0` })
    },
    'by a page of history': ({ b, conversation }) => historyOf(b, conversation),
    'by history around it': ({ b, conversation }) =>
      b.call('messages.list', { conversation_id: conversation, around: 1, limit: 1 }),
    'by the inbox': ({ b }) => inboxOf(b),
    'by getting the conversation': ({ b, conversation }) =>
      b.call('conversations.get', { conversation_id: conversation }),
    'by opening the conversation': ({ a, b }) =>
      b.call('conversations.open', { account_id: a.account_id }),
    'by marking it read': ({ b, conversation }) =>
      b.call('conversations.read', { conversation_id: conversation, seq: 1 }),
    'by a snapshot': ({ b }) => b.call('sync.read', {}),
  }
  for (const [way, fetch] of Object.entries(ways))
    test(way, async () => {
      const pair = await couple(tested)
      const { a, b, conversation } = pair
      const sent = await say(a, conversation, 'canary')
      await fetch(pair)
      const log = await followLog(tested, b)
      tested.clock.advance(MINUTE)
      await takeBack(a, sent)
      const line = {
        id: sent.id,
        conversation_id: conversation,
        seq: sent.seq,
        sender_id: a.account_id,
        version: 2,
        sent_at: sent.sent_at,
        text: null,
        edited_at: null,
        edit_count: 0,
        unsent_at: tested.clock(),
      }
      const { events, messages } = await log.read()
      assert.deepEqual(
        events.map(({ seq: _, ...event }) => event),
        [{ kind: 'message.updated', conversation_id: conversation, message_id: sent.id }],
      )
      assert.deepEqual(messages, [line])
      assert.deepEqual(await historyOf(b, conversation), [line])
      assert.deepEqual(await historyOf(a, conversation), [{ ...line, client_id: sent.client_id }])
    })

  test('who is connected while it is sent counts as having fetched it', async () => {
    const { a, b, conversation } = await couple(tested)
    tested.core.attach(b.account_id)
    const sent = await say(a, conversation, 'live')
    tested.core.detach(b.account_id)
    const unseen = await say(a, conversation, 'not live')
    await takeBack(a, unseen)
    await takeBack(a, sent)
    assert.deepEqual(
      (await historyOf(b, conversation)).map(({ id, text }) => ({ id, text })),
      [{ id: sent.id, text: null }],
    )
  })

  test('preview and unread go back to what is left, and unread never falls below 0', async () => {
    const { a, b, conversation } = await couple(tested)
    const messages: Message[] = []
    for (const text of ['one', 'two', 'three']) messages.push(await say(a, conversation, text))
    const [one, two, three] = messages
    assert.ok(one && two && three)
    const state = async (who: TestCaller) => {
      const [first] = await inboxOf(who)
      return [first?.unread_count, first?.last_message?.text ?? null]
    }
    assert.deepEqual(await state(b), [3, 'three'])
    await takeBack(a, three)
    assert.deepEqual(await state(b), [2, 'two'])
    assert.deepEqual(await state(a), [0, 'two'])
    await takeBack(a, one)
    assert.deepEqual(await state(b), [1, 'two'])
    await b.call('conversations.read', { conversation_id: conversation, seq: three.seq })
    assert.deepEqual(await state(b), [0, 'two'])
    await takeBack(a, two)
    assert.deepEqual(await state(b), [0, null])
    await takeBack(a, two)
    assert.deepEqual(await state(b), [0, null])
    assert.deepEqual(
      (await historyOf(b, conversation)).map(({ text }) => text),
      [null, null, null],
    )
  })

  test('a read mark in the middle: only what it did not cover comes off the unread count', async () => {
    const { a, b, conversation } = await couple(tested)
    const one = await say(a, conversation, 'one')
    const two = await say(a, conversation, 'two')
    await say(a, conversation, 'three')
    await b.call('conversations.read', { conversation_id: conversation, seq: one.seq })
    await takeBack(a, one)
    assert.equal((await inboxOf(b))[0]?.unread_count, 2)
    await takeBack(a, two)
    assert.equal((await inboxOf(b))[0]?.unread_count, 1)
    await b.call('conversations.read', { conversation_id: conversation, seq: 3 })
    assert.equal((await inboxOf(b))[0]?.unread_count, 0)
  })

  test('deleted for me and then unsent: unread falls once, and no line comes back', async () => {
    const { a, b, conversation } = await couple(tested)
    const sent = await say(a, conversation, 'one')
    await say(a, conversation, 'two')
    await historyOf(b, conversation)
    await deleteForMe(b, sent)
    assert.equal((await inboxOf(b))[0]?.unread_count, 1)
    const log = await followLog(tested, b)
    await takeBack(a, sent)
    assert.deepEqual((await log.read()).events, [])
    assert.equal((await inboxOf(b))[0]?.unread_count, 1)
    assert.deepEqual(
      (await historyOf(b, conversation)).map(({ text }) => text),
      ['two'],
    )
  })

  test('who deleted the thread hears nothing, and it stays deleted', async () => {
    const { a, b, conversation } = await couple(tested)
    const sent = await say(a, conversation, 'one')
    await historyOf(b, conversation)
    await b.call('conversations.delete', { conversation_id: conversation })
    const log = await followLog(tested, b)
    await takeBack(a, sent)
    const { events, messages, conversations } = await log.read()
    assert.deepEqual(
      { events, messages, conversations },
      { events: [], messages: [], conversations: [] },
    )
    assert.deepEqual(await inboxOf(b), [])
  })

  test('U1 · a cursor from before everything meets only the tombstone (the paragraph “three weeks away”)', async () => {
    const { a, b, conversation } = await couple(tested)
    const other = await b.anotherDevice()
    const away = await followLog(tested, other)
    const sent = await say(a, conversation, 'canary')
    await historyOf(b, conversation)
    tested.clock.advance(21 * DAY)
    await takeBack(a, sent)
    const { events, messages } = await away.read()
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['message.new', 'message.updated'],
    )
    assert.deepEqual(
      messages.map(({ text, version }) => ({ text, version })),
      [{ text: null, version: 2 }],
    )
  })
})

describe('allowed, and final', () => {
  test('at any age of the message, after a block in either direction, after an unfollow, under any setting', async () => {
    const { a, b, conversation } = await couple(tested)
    const messages: Message[] = []
    for (let n = 0; n < 5; n++) messages.push(await say(a, conversation, `canary ${n}`))
    const [m0, m1, m2, m3, m4] = messages
    assert.ok(m0 && m1 && m2 && m3 && m4)
    await historyOf(b, conversation)
    tested.clock.advance(400 * DAY)
    await takeBack(a, m0)
    await a.call('graph.unfollow', { account_id: b.account_id })
    await takeBack(a, m1)
    await b.call('settings.update', { who_can_message: 'no_one' })
    await takeBack(a, m2)
    await b.call('graph.block', { account_id: a.account_id })
    const log = await followLog(tested, b)
    await takeBack(a, m3)
    assert.deepEqual(
      (await log.read()).events.map(({ kind }) => kind),
      ['message.updated'],
    )
    await a.call('graph.block', { account_id: b.account_id })
    await takeBack(a, m4)
    assert.deepEqual(
      (await historyOf(b, conversation)).map(({ text }) => text),
      Array(5).fill(null),
    )
  })

  test('also what one deleted for oneself, and what lies in a thread one deleted', async () => {
    const { a, b, conversation } = await couple(tested)
    const one = await say(a, conversation, 'one')
    const two = await say(a, conversation, 'two')
    await historyOf(b, conversation)
    await deleteForMe(a, one)
    await takeBack(a, one)
    await a.call('conversations.delete', { conversation_id: conversation })
    await takeBack(a, two)
    assert.deepEqual(
      (await historyOf(b, conversation)).map(({ text }) => text),
      [null, null],
    )
    assert.deepEqual(await inboxOf(a), [])
  })

  test('again, and from two devices at once, is the same answer and one event', async () => {
    const { a, b, conversation } = await couple(tested)
    const sent = await say(a, conversation, 'one')
    await historyOf(b, conversation)
    const log = await followLog(tested, b)
    const other = await a.anotherDevice()
    assert.deepEqual(
      await Promise.all([takeBack(a, sent), takeBack(other, sent), takeBack(a, sent)]),
      [null, null, null],
    )
    tested.clock.advance(MINUTE)
    await takeBack(other, sent)
    assert.equal((await log.read()).events.length, 1)
    const [line] = await historyOf(b, conversation)
    assert.equal(line?.version, 2)
    assert.equal(line?.unsent_at, tested.clock() - MINUTE)
  })

  test('U1 · edit and unsend racing end unsent, whichever comes first', async () => {
    for (const editFirst of [true, false]) {
      const { a, b, conversation } = await couple(tested)
      const sent = await say(a, conversation, 'canary')
      await historyOf(b, conversation)
      const edit = () => a.call('messages.edit', { message_id: sent.id, text: 'canary 2' })
      const unsend = () => takeBack(a, sent)
      await Promise.allSettled(editFirst ? [edit(), unsend()] : [unsend(), edit()])
      assert.deepEqual(
        (await historyOf(b, conversation)).map(({ text, edit_count }) => ({ text, edit_count })),
        [{ text: null, edit_count: 0 }],
      )
      await refused(b.call('messages.edits', { message_id: sent.id }), 'message_gone')
    }
  })

  test('another person’s message, a stranger’s try, and a made-up id are all not_found', async () => {
    const { a, b, conversation } = await couple(tested)
    const sent = await say(a, conversation, 'mine')
    const stranger = await tested.person(newName())
    await historyOf(b, conversation)
    await refused(takeBack(b, sent), 'not_found')
    await refused(takeBack(stranger, sent), 'not_found')
    await refused(
      takeBack(a, { ...sent, id: conversation as string as Message['id'] }),
      'not_found',
    )
    assert.equal((await historyOf(b, conversation))[0]?.text, 'mine')
  })

  test('the operator may set a window; after it the message stays', async () => {
    const strict = await startTestCore({ settings: { unsendWindow: 60 * MINUTE } })
    const { a, b, conversation } = await couple(strict)
    const [one, two] = [await say(a, conversation, 'one'), await say(a, conversation, 'two')]
    await historyOf(b, conversation)
    strict.clock.advance(60 * MINUTE)
    await takeBack(a, one)
    strict.clock.advance(1)
    await refused(takeBack(a, two), 'unsend_window_closed')
    await takeBack(a, one)
    assert.deepEqual(
      (await historyOf(b, conversation)).map(({ text }) => text),
      [null, 'two'],
    )
    await strict.close()
  })
})

test('U2 · no table, log row or page returns the content', async () => {
  const { a, b, conversation } = await couple(tested)
  const log = await followLog(tested, b)
  const seen = await say(a, conversation, 'canary-seen')
  await log.read()
  await say(b, conversation, 'something else')
  const unseen = await say(a, conversation, 'canary-unseen')
  await takeBack(a, seen)
  await takeBack(a, unseen)
  const tables = await tested.database.tables()
  assert.ok(tables.length > 8)
  for (const [name, rows] of tables) assert.doesNotMatch(JSON.stringify(rows), /canary-/, name)
  for (const who of [a, b]) {
    const { epoch } = await tested.core.head(who.account_id)
    const surfaces = [
      await tested.core.page(who.account_id, epoch, 0),
      await who.call('sync.read', {}),
      await viewOf(who, conversation),
    ]
    assert.doesNotMatch(JSON.stringify(surfaces), /canary-/)
  }
})
