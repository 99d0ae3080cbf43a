// both engines
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { AccountId } from '@takeback/protocol/ids.ts'
import {
  couple,
  followLog,
  inboxOf,
  newClientId,
  newName,
  problemOf,
  refused,
  say,
  type Couple,
} from '../../test/rooms.ts'
import { startTestCore, type TestCaller } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())

const open = (who: TestCaller, other: TestCaller) =>
  who.call('conversations.open', { account_id: other.account_id })

describe('get or create', () => {
  test('one conversation for two people, whoever opens it, however often, also at once', async () => {
    const [a, b] = await Promise.all([tested.person(newName()), tested.person(newName())])
    const opened = await Promise.all([open(a, b), open(b, a), open(a, b), open(b, a)])
    assert.equal(new Set(opened.map(({ id }) => id)).size, 1)
    assert.equal(
      (await a.call('conversations.get', { conversation_id: opened[0].id })).id,
      opened[0].id,
    )
  })

  test('hidden for both, with no event for the other, until something is sent', async () => {
    const [a, b] = await Promise.all([tested.person(newName()), tested.person(newName())])
    const log = await followLog(tested, b)
    const { id, hidden, folder, unread_count, last_message, members } = await open(a, b)
    assert.deepEqual(
      { hidden, folder, unread_count, last_message },
      { hidden: true, folder: 'inbox', unread_count: 0, last_message: null },
    )
    assert.deepEqual(
      new Set(members.map(({ account }) => account.id)),
      new Set([a.account_id, b.account_id]),
    )
    assert.deepEqual((await log.read()).events, [])
    for (const who of [a, b]) assert.deepEqual(await inboxOf(who), [])
    await tested.befriend(a, b)
    await say(b, id, 'hello')
    for (const who of [a, b])
      assert.deepEqual(
        (await inboxOf(who)).map((one) => one.id),
        [id],
      )
  })

  test('with oneself is invalid, with nobody not_found, and a stranger’s conversation is not there', async () => {
    const { a, b, conversation } = await couple(tested)
    await refused(open(a, a), 'invalid_input')
    await refused(
      a.call('conversations.open', { account_id: conversation as string as AccountId }),
      'not_found',
    )
    const stranger = await tested.person(newName())
    await refused(
      stranger.call('conversations.get', { conversation_id: conversation }),
      'not_found',
    )
    await refused(
      b.call('conversations.get', {
        conversation_id: a.account_id as string as typeof conversation,
      }),
      'not_found',
    )
  })

  test('opened towards somebody I blocked, it lies in the blocked folder; theirs looks as always', async () => {
    const [a, b] = await Promise.all([tested.person(newName()), tested.person(newName())])
    await a.call('graph.block', { account_id: b.account_id })
    assert.equal((await open(b, a)).folder, 'inbox')
    assert.equal((await open(a, b)).folder, 'blocked')
  })
})

describe('can_send and can_reply tell before one types what a send would meet', () => {
  interface Case {
    happen?: (pair: Couple) => Promise<unknown>
    birth_date?: string
    send: string | null
    reply: string | null
    remedies?: [string[], string[]]
  }
  const cases: Record<string, Case> = {
    friends: { send: null, reply: null },
    'I do not follow': {
      happen: ({ a, b }) => a.call('graph.unfollow', { account_id: b.account_id }),
      send: 'not_friends',
      reply: 'not_friends',
      remedies: [['follow'], ['follow']],
    },
    'they do not follow': {
      happen: ({ a, b }) => b.call('graph.unfollow', { account_id: a.account_id }),
      send: 'not_friends',
      reply: 'not_friends',
      remedies: [['wait_for_follow_back'], ['wait_for_follow_back']],
    },
    'I blocked them': {
      happen: ({ a, b }) => a.call('graph.block', { account_id: b.account_id }),
      send: 'you_blocked_them',
      reply: 'you_blocked_them',
      remedies: [['unblock'], ['unblock']],
    },
    'I chose No one: I may send, they could not answer': {
      happen: ({ a }) => a.call('settings.update', { who_can_message: 'no_one' }),
      send: null,
      reply: 'messages_off',
      remedies: [[], ['change_my_setting']],
    },
    'they blocked me': {
      happen: ({ a, b }) => b.call('graph.block', { account_id: a.account_id }),
      send: 'recipient_unavailable',
      reply: null,
    },
    'they chose No one': {
      happen: ({ b }) => b.call('settings.update', { who_can_message: 'no_one' }),
      send: 'recipient_unavailable',
      reply: null,
    },
    'they are under 16': {
      birth_date: '2012-01-01',
      happen: ({ b }) => b.call('settings.update', { who_can_message: 'friends' }),
      send: 'recipient_unavailable',
      reply: null,
    },
    'they are 16 and have not changed the default': {
      birth_date: '2009-06-01',
      send: 'recipient_unavailable',
      reply: null,
    },
  }
  for (const [name, { happen, birth_date, send, reply, remedies }] of Object.entries(cases))
    test(name, async () => {
      const pair = await couple(tested, birth_date === undefined ? {} : { birth_date })
      await happen?.(pair)
      const { a, b, conversation } = pair
      for (const { can_send, can_reply } of [
        await open(a, b),
        await a.call('conversations.get', { conversation_id: conversation }),
      ]) {
        assert.deepEqual([can_send.code ?? null, can_reply.code ?? null], [send, reply])
        assert.deepEqual([can_send.allowed, can_reply.allowed], [send === null, reply === null])
        if (remedies !== undefined)
          assert.deepEqual([can_send.remedies ?? [], can_reply.remedies ?? []], remedies)
      }
      const outcome = await say(a, conversation, 'hi').then(
        () => null,
        (error: { code: string }) => error.code,
      )
      assert.equal(outcome, send, 'the verdict is what the send meets')
    })

  test('under 16 myself: with the date from which I may', async () => {
    const { a, b } = await couple(tested, { birth_date: '2010-02-01' })
    const { can_send, can_reply } = await open(b, a)
    assert.deepEqual([can_send.code, can_send.until], ['sender_under_age', Date.UTC(2026, 1, 1)])
    assert.equal(can_reply.code, 'sender_under_age')
  })
})

test('X2 · a block is to the byte what No one and being under age are: verdicts, refusals, every page', async () => {
  const a = await tested.person(newName())
  const causes: [string, { birth_date?: string }, (b: TestCaller) => Promise<unknown>][] = [
    ['block', {}, (b) => b.call('graph.block', { account_id: a.account_id })],
    ['No one', {}, (b) => b.call('settings.update', { who_can_message: 'no_one' })],
    [
      'under age',
      { birth_date: '2012-01-01' },
      (b) => b.call('settings.update', { who_can_message: 'friends' }),
    ],
    ['by default at 16', { birth_date: '2009-06-01' }, async () => {}],
  ]
  const seen: string[] = []
  for (const [, options, happen] of causes) {
    const b = await tested.person(newName(), options)
    const conversation = await tested.befriend(a, b)
    await happen(b)
    const log = await followLog(tested, a)
    const surfaces = [
      await problemOf(say(a, conversation, 'hi')),
      await problemOf(
        a.call('messages.send', {
          conversation_id: conversation,
          client_id: newClientId(),
          text: 'hi',
        }),
      ),
      await open(a, b),
      await a.call('conversations.get', { conversation_id: conversation }),
      await a.call('conversations.typing', { conversation_id: conversation }),
      await a.call('conversations.read', { conversation_id: conversation, seq: 9 }),
      await a.call('messages.list', { conversation_id: conversation }),
      await a.call('accounts.get', { username: b.username }),
      await a.call('accounts.search', { q: b.username }),
      (await a.call('graph.friends', {})).items.filter(({ id }) => id === b.account_id),
      (await a.call('graph.followers', {})).items.filter(({ id }) => id === b.account_id),
      (await log.read()).events,
      await problemOf(
        a.call('messages.list', { conversation_id: b.account_id as string as typeof conversation }),
      ),
    ]
    // Names and ids are theirs; the order of members follows ids.
    const neutral = JSON.stringify(surfaces, (key, value: unknown) =>
      key === 'members' && Array.isArray(value)
        ? value.toSorted(
            (x: { account: { id: string } }, y: { account: { id: string } }) =>
              Number(y.account.id === a.account_id) - Number(x.account.id === a.account_id),
          )
        : value,
    )
      .replaceAll(b.account_id, 'THEM')
      .replaceAll(conversation, 'HERE')
      .replaceAll(b.username, 'them')
    seen.push(neutral)
  }
  for (const [index, surfaces] of seen.entries())
    assert.equal(surfaces, seen[0], causes[index]?.[0])
})

test('X2 · to a stranger, too: a block is what No one and under age are', async () => {
  const a = await tested.person(newName())
  const problems: string[] = []
  for (const [options, happen] of [
    [{}, (b: TestCaller) => b.call('graph.block', { account_id: a.account_id })],
    [{}, (b: TestCaller) => b.call('settings.update', { who_can_message: 'no_one' })],
    [
      { birth_date: '2012-01-01' },
      (b: TestCaller) => b.call('settings.update', { who_can_message: 'friends' }),
    ],
  ] as const) {
    const b = await tested.person(newName(), options)
    await happen(b)
    const { id, can_send, can_reply } = await open(a, b)
    problems.push(JSON.stringify([await problemOf(say(a, id, 'hi')), can_send, can_reply]))
  }
  assert.equal(new Set(problems).size, 1)
})
