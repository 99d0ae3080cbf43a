import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { toProblem, type Refusal, type RefusalCode } from '@takeback/protocol/refusals.ts'
import { canMessage, canReply, canSignal } from './can-message.ts'
import type { Pair } from './facts.ts'

const now = Date.UTC(2026, 0, 15)
const OLD_ENOUGH = '2010-01-15'
const TOO_YOUNG = '2010-01-16'
const both = [false, true] as const

/** Every way in which two people can stand to each other. */
const everyPair: Pair[] = []
for (const myAge of [OLD_ENOUGH, TOO_YOUNG])
  for (const theirAge of [OLD_ENOUGH, TOO_YOUNG])
    for (const mine of ['friends', 'no_one'] as const)
      for (const theirs of ['friends', 'no_one'] as const)
        for (const following of both)
          for (const followed_by of both)
            for (const blocked of both)
              for (const blocked_by of both)
                everyPair.push({
                  now,
                  me: { birth_date: myAge, who_can_message: mine },
                  them: { birth_date: theirAge, who_can_message: theirs },
                  following,
                  followed_by,
                  blocked,
                  blocked_by,
                })

const nameOf = (pair: Pair) => JSON.stringify(pair)
const codeOf = (refusal: Refusal | null): RefusalCode | null => refusal?.code ?? null
/** As it goes over the wire; `allowed` if nothing does. */
const bytesOf = (refusal: Refusal | null) =>
  refusal === null ? 'allowed' : JSON.stringify(toProblem(refusal))
const swap = (pair: Pair): Pair => ({
  now: pair.now,
  me: pair.them,
  them: pair.me,
  following: pair.followed_by,
  followed_by: pair.following,
  blocked: pair.blocked_by,
  blocked_by: pair.blocked,
})

/** The rules as PRODUCT.md has them, each alone: what forbids a message, and whose affair it is. */
const tooYoung = (birthDate: string) => birthDate === TOO_YOUNG
const rules: [
  whose: 'mine' | 'theirs' | 'ours',
  code: RefusalCode,
  forbids: (pair: Pair) => boolean,
][] = [
  ['mine', 'sender_under_age', ({ me }) => tooYoung(me.birth_date)],
  ['mine', 'you_blocked_them', ({ blocked }) => blocked],
  ['theirs', 'recipient_unavailable', ({ blocked_by }) => blocked_by],
  ['theirs', 'recipient_unavailable', ({ them }) => them.who_can_message === 'no_one'],
  ['theirs', 'recipient_unavailable', ({ them }) => tooYoung(them.birth_date)],
  ['ours', 'not_friends', ({ following, followed_by }) => !(following && followed_by)],
]

test('there are 256 ways for two people to stand to each other', () => {
  assert.equal(new Set(everyPair.map(nameOf)).size, 256)
})

describe('canMessage', () => {
  test('allowed exactly where no rule forbids', () => {
    for (const pair of everyPair) {
      const forbidden = rules.some(([, , forbids]) => forbids(pair))
      assert.equal(canMessage(pair) !== null, forbidden, nameOf(pair))
    }
  })

  test('of several causes one is told: mine before theirs, theirs before what we both can change', () => {
    for (const pair of everyPair) {
      const expected = rules.find(([, , forbids]) => forbids(pair))?.[1] ?? null
      assert.equal(codeOf(canMessage(pair)), expected, nameOf(pair))
    }
  })

  test('X2 · what they hide is one answer, to the byte: block, No one, under age, and any of them together', () => {
    for (const pair of everyPair) {
      const hidden = rules.filter(([whose, , forbids]) => whose === 'theirs' && forbids(pair))
      if (hidden.length === 0) continue
      const blockOnly: Pair = {
        ...pair,
        blocked_by: true,
        them: { birth_date: OLD_ENOUGH, who_can_message: 'friends' },
      }
      assert.equal(bytesOf(canMessage(pair)), bytesOf(canMessage(blockOnly)), nameOf(pair))
    }
  })

  test('not_friends tells which follow is missing', () => {
    const friends: Pair = {
      now,
      me: { birth_date: OLD_ENOUGH, who_can_message: 'friends' },
      them: { birth_date: OLD_ENOUGH, who_can_message: 'friends' },
      following: true,
      followed_by: true,
      blocked: false,
      blocked_by: false,
    }
    const remedies = (change: Partial<Pair>) =>
      canMessage({ ...friends, ...change })?.extras.remedies
    assert.deepEqual(remedies({ following: false }), ['follow'])
    assert.deepEqual(remedies({ followed_by: false }), ['wait_for_follow_back'])
    assert.deepEqual(remedies({ following: false, followed_by: false }), [
      'follow',
      'wait_for_follow_back',
    ])
    assert.equal(canMessage(friends), null)
  })

  test('under age tells the date from which one may', () => {
    for (const pair of everyPair)
      if (tooYoung(pair.me.birth_date))
        assert.equal(canMessage(pair)?.extras.until, Date.UTC(2026, 0, 16), nameOf(pair))
  })
})

describe('canReply', () => {
  test('the two-way check: allowed unless something that I may know stops them', () => {
    for (const pair of everyPair) {
      const expected: RefusalCode | null = tooYoung(pair.me.birth_date)
        ? 'sender_under_age'
        : pair.blocked
          ? 'you_blocked_them'
          : pair.me.who_can_message === 'no_one'
            ? 'messages_off'
            : pair.following && pair.followed_by
              ? null
              : 'not_friends'
      assert.equal(codeOf(canReply(pair)), expected, nameOf(pair))
    }
  })

  test('X2 · nothing that they hide changes a byte of it', () => {
    for (const pair of everyPair) {
      const open: Pair = {
        ...pair,
        blocked_by: false,
        them: { birth_date: OLD_ENOUGH, who_can_message: 'friends' },
      }
      assert.equal(bytesOf(canReply(pair)), bytesOf(canReply(open)), nameOf(pair))
    }
  })

  test('where neither hides anything, it says what their answer would meet', () => {
    for (const pair of everyPair) {
      if (pair.blocked_by || tooYoung(pair.them.birth_date)) continue
      assert.equal(canReply(pair) === null, canMessage(swap(pair)) === null, nameOf(pair))
    }
  })
})

describe('canSignal', () => {
  test('receipts and typing pass only while each could message the other, the same from both sides', () => {
    for (const pair of everyPair) {
      const each = canMessage(pair) === null && canMessage(swap(pair)) === null
      assert.equal(canSignal(pair), each, nameOf(pair))
      assert.equal(canSignal(swap(pair)), each, nameOf(pair))
    }
  })

  test('X1 · never across a block, in either direction', () => {
    for (const pair of everyPair)
      if (pair.blocked || pair.blocked_by) assert.equal(canSignal(pair), false, nameOf(pair))
  })
})
