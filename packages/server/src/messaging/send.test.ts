// both engines
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { MAX_TEXT } from '@takeback/protocol/limits.ts'
import {
  couple,
  followLog,
  historyOf,
  inboxOf,
  newClientId,
  newName,
  refused,
  rowsOf,
  say,
  takeBack,
} from '../../test/rooms.ts'
import { startTestCore } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())

describe('who may send', () => {
  test('friends: the message is there for both, in the order it was sent (O1)', async () => {
    const { a, b, conversation } = await couple(tested)
    const first = await say(a, conversation, 'one')
    const second = await say(b, conversation, 'two')
    const third = await say(a, conversation, 'three')
    assert.deepEqual([first.seq, second.seq, third.seq], [1, 2, 3])
    for (const who of [a, b]) {
      const history = await historyOf(who, conversation)
      assert.deepEqual(
        history.map(({ id, seq, text, sender_id }) => ({ id, seq, text, sender_id })),
        [first, second, third].map(({ id, seq, text, sender_id }) => ({
          id,
          seq,
          text,
          sender_id,
        })),
      )
    }
  })

  test('a message starts at version 1, unedited, and shows its client id to nobody but the sender', async () => {
    const { a, b, conversation } = await couple(tested)
    const client_id = newClientId()
    const sent = await say(a, conversation, 'hello', client_id)
    assert.deepEqual(sent, {
      id: sent.id,
      conversation_id: conversation,
      seq: 1,
      sender_id: a.account_id,
      client_id,
      version: 1,
      sent_at: tested.clock(),
      text: 'hello',
      edited_at: null,
      edit_count: 0,
      unsent_at: null,
    })
    const [seen] = await historyOf(b, conversation)
    const { client_id: _, ...shown } = sent
    assert.deepEqual(seen, shown)
  })

  test('not friends: refused with the way to become friends, and nothing remains', async () => {
    const { a, b, conversation } = await couple(tested)
    const head = await tested.core.head(b.account_id)
    await a.call('graph.unfollow', { account_id: b.account_id })
    const afterUnfollow = await tested.core.head(b.account_id)
    assert.ok(afterUnfollow.head > head.head)
    const refusal = await refused(say(a, conversation, 'hi'), 'not_friends')
    assert.deepEqual(refusal.extras.remedies, ['follow'])
    const other = await refused(say(b, conversation, 'hi'), 'not_friends')
    assert.deepEqual(other.extras.remedies, ['wait_for_follow_back'])
    assert.deepEqual(await historyOf(a, conversation), [])
    assert.deepEqual(await inboxOf(b), [])
    assert.deepEqual(await tested.core.head(b.account_id), afterUnfollow)
  })

  test('a stranger to the conversation meets what a made-up id meets', async () => {
    const { conversation, a } = await couple(tested)
    const stranger = await tested.person(newName())
    const real = await refused(say(stranger, conversation, 'hi'), 'not_found')
    const made = await refused(
      say(
        stranger,
        `${conversation.slice(0, -1)}${conversation.endsWith('0') ? '1' : '0'}` as typeof conversation,
        'hi',
      ),
      'not_found',
    )
    assert.deepEqual(real.extras, made.extras)
    assert.deepEqual(await historyOf(a, conversation), [])
  })

  test('X3 · a blocked send is refused, never falsely acknowledged', async () => {
    const { a, b, conversation } = await couple(tested)
    await b.call('graph.block', { account_id: a.account_id })
    const log = await followLog(tested, b)
    await refused(say(a, conversation, 'let me in'), 'recipient_unavailable')
    await refused(say(b, conversation, 'no'), 'you_blocked_them')
    assert.deepEqual((await log.read()).events, [])
    assert.deepEqual(await historyOf(a, conversation), [])
  })

  test('under 16: refused with the date from which one may', async () => {
    const { a, b, conversation } = await couple(tested, { birth_date: '2010-03-01' })
    await b.call('settings.update', { who_can_message: 'friends' })
    const refusal = await refused(say(b, conversation, 'hi'), 'sender_under_age')
    assert.equal(refusal.extras.until, Date.UTC(2026, 2, 1))
    await refused(say(a, conversation, 'hi'), 'recipient_unavailable')
  })
})

describe('S9, A2 · one client id is one message', () => {
  test('a retry gets the same id and seq, from any device, and nobody hears of it twice', async () => {
    const { a, b, conversation } = await couple(tested)
    const client_id = newClientId()
    const [log, own] = [await followLog(tested, b), await followLog(tested, a)]
    const sent = await say(a, conversation, 'once', client_id)
    await log.read()
    await own.read()
    const other = await a.anotherDevice()
    for (const device of [a, other])
      assert.deepEqual(await say(device, conversation, 'once', client_id), sent)
    assert.deepEqual((await log.read()).events, [])
    assert.deepEqual((await own.read()).events, [])
    assert.equal((await historyOf(b, conversation)).length, 1)
  })

  test('ten retries that arrive together become one message', async () => {
    const { a, b, conversation } = await couple(tested)
    const client_id = newClientId()
    const sent = await Promise.all(
      Array.from({ length: 10 }, () => say(a, conversation, 'together', client_id)),
    )
    assert.deepEqual(new Set(sent.map(({ id, seq }) => `${id} ${seq}`)).size, 1)
    assert.equal((await historyOf(b, conversation)).length, 1)
    assert.equal((await inboxOf(b))[0]?.unread_count, 1)
  })

  test('another body or conversation under the same id is id_conflict, and changes nothing', async () => {
    const { a, b, conversation } = await couple(tested)
    const third = await tested.person(newName())
    const elsewhere = await tested.befriend(a, third)
    const client_id = newClientId()
    const sent = await say(a, conversation, 'this', client_id)
    await refused(say(a, conversation, 'that', client_id), 'id_conflict')
    await refused(say(a, conversation, 'this ', client_id), 'id_conflict')
    await refused(say(a, elsewhere, 'this', client_id), 'id_conflict')
    assert.deepEqual(
      (await historyOf(b, conversation)).map(({ text }) => text),
      ['this'],
    )
    assert.deepEqual(await historyOf(third, elsewhere), [])
    assert.deepEqual(await say(a, conversation, 'this', client_id), sent)
  })

  test('client ids of two people never meet', async () => {
    const { a, b, conversation } = await couple(tested)
    const client_id = newClientId()
    const mine = await say(a, conversation, 'mine', client_id)
    const theirs = await say(b, conversation, 'theirs', client_id)
    assert.notEqual(mine.id, theirs.id)
  })

  test('refusals are not remembered: the same id goes through once the cause is gone', async () => {
    const { a, b, conversation } = await couple(tested)
    const client_id = newClientId()
    await b.call('graph.unfollow', { account_id: a.account_id })
    await refused(say(a, conversation, 'first try', client_id), 'not_friends')
    await b.call('graph.follow', { account_id: a.account_id })
    const sent = await say(a, conversation, 'now another text', client_id)
    assert.equal(sent.seq, 1)
  })

  test('a retry of what was acknowledged succeeds after a block: it is no new message', async () => {
    const { a, b, conversation } = await couple(tested)
    const client_id = newClientId()
    const sent = await say(a, conversation, 'before', client_id)
    await b.call('graph.block', { account_id: a.account_id })
    assert.deepEqual(await say(a, conversation, 'before', client_id), sent)
  })

  test('a retry after an edit returns the message as it is now', async () => {
    const { a, conversation } = await couple(tested)
    const client_id = newClientId()
    const sent = await say(a, conversation, 'frist', client_id)
    const edited = await a.call('messages.edit', { message_id: sent.id, text: 'first' })
    assert.deepEqual(await say(a, conversation, 'frist', client_id), edited)
    await refused(say(a, conversation, 'first', client_id), 'id_conflict')
  })

  for (const fetched of [true, false])
    test(`U1 · a retry after unsend returns the tombstone (${fetched ? 'a line stayed' : 'no trace'})`, async () => {
      const { a, b, conversation } = await couple(tested)
      const client_id = newClientId()
      const sent = await say(a, conversation, 'oops', client_id)
      if (fetched) await historyOf(b, conversation)
      await takeBack(a, sent)
      for (const text of ['oops', 'something else']) {
        const again = await say(a, conversation, text, client_id)
        assert.equal(again.id, sent.id)
        assert.equal(again.seq, sent.seq)
        assert.equal(again.text, null)
        assert.equal(again.unsent_at, tested.clock())
        assert.ok(again.version > sent.version)
      }
      assert.deepEqual(
        (await historyOf(b, conversation)).map(({ text }) => text),
        fetched ? [null] : [],
      )
    })
})

describe('texts are kept to the byte or refused by rule', async () => {
  const { a, b, conversation } = await couple(tested)

  const accepted: [string, string][] = [
    ['4,000 code points', 'x'.repeat(MAX_TEXT)],
    ['4,000 astral code points', '🫠'.repeat(MAX_TEXT)],
    ['leading and trailing white space', '  \n two words \t '],
    ['combining marks, not normalised', 'e\u0301 \u00e9 a\u0323\u0307 \u1e0b\u0323'],
    ['bidi controls', '\u202eabc\u202c \u2066שלום\u2069 \u200fend'],
    ['control characters', 'bell \u0007 escape \u001b[31m tab \t'],
    ['a byte order mark', '\ufeffmarked'],
    ['noncharacters', '\uffff \ufdd0 \u{10ffff}'],
    [
      'what looks like SQL, markup, or a parameter',
      `'; drop table messages; -- <b>$1</b> {{x}} %s`,
    ],
    ['one combining mark', '\u0301'],
  ]
  for (const [name, text] of accepted)
    test(`accepted: ${name}`, async () => {
      const sent = await say(a, conversation, text)
      assert.equal(sent.text, text)
      const seen = (await historyOf(b, conversation)).at(-1)
      assert.equal(seen?.text, text)
    })

  const invalid: [string, string][] = [
    ['empty', ''],
    ['NUL', 'a\0b'],
    ['a lone high surrogate', 'a\ud83d'],
    ['a lone low surrogate', '\ude00b'],
    ['surrogates in the wrong order', '\ude00\ud83d'],
    ['only white space', ' \t\r\n\u00a0\u2003\u3000\u2028'],
    ['only format characters', '\u200b\u200d\u2060\ufeff\u202e'],
    ['only what no font draws', '\u3164\u115f\u034f\ufe0f\u2800\u{e0041}'],
    ['only controls', '\u0001\u0007\u001b'],
  ]
  for (const [name, text] of invalid)
    test(`refused: ${name}`, async () => {
      await refused(say(a, conversation, text), 'invalid_input')
    })

  for (const [name, text] of [
    ['4,001 code points', 'x'.repeat(MAX_TEXT + 1)],
    ['4,001 astral code points', '🫠'.repeat(MAX_TEXT + 1)],
    ['4,001 white spaces', ' '.repeat(MAX_TEXT + 1)],
  ] as const)
    test(`message_too_long: ${name}`, async () => {
      await refused(say(a, conversation, text), 'message_too_long')
    })
})

test('S2 · a log row of a message holds no text', async () => {
  const { a, conversation } = await couple(tested)
  await say(a, conversation, 'canary-in-the-log')
  assert.doesNotMatch(JSON.stringify(await rowsOf(tested, 'events')), /canary-in-the-log/)
})
