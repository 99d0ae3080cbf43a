import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { toProblem, type Refusal, type RefusalCode } from '@takeback/protocol/refusals.ts'
import { canAdd, canMessage, canReply, canSignal, isAnswer, isRequest } from './can-message.ts'
import type { Asked, Pair } from './facts.ts'

const DAY = 86_400_000
const now = Date.UTC(2026, 0, 15, 9)
const OLD_ENOUGH = '2010-01-15'
const TOO_YOUNG = '2010-01-16'
const both = [false, true] as const
const settings = ['everyone', 'friends', 'no_one'] as const
/** Every way in which a request can stand: never made, in each state, and too old to count. */
const requests: readonly (Asked | null)[] = [
  null,
  { state: 'pending', at: now - 1 },
  { state: 'pending', at: now - 30 * DAY },
  { state: 'declined', at: now - 30 * DAY + 1 },
  { state: 'declined', at: now - 30 * DAY },
  { state: 'accepted', at: now - 400 * DAY },
  { state: 'withdrawn', at: now },
  { state: 'expired', at: now - 31 * DAY },
]

/** Every way in which two people can stand to each other. */
const everyPair: Pair[] = []
for (const myAge of [OLD_ENOUGH, TOO_YOUNG])
  for (const theirAge of [OLD_ENOUGH, TOO_YOUNG])
    for (const mine of settings)
      for (const theirs of settings)
        for (const following of both)
          for (const followed_by of both)
            for (const blocked of both)
              for (const blocked_by of both)
                for (const asked of requests)
                  for (const asked_by of requests)
                    for (const asked_today of [2, 3])
                      everyPair.push({
                        now,
                        me: { birth_date: myAge, who_can_message: mine },
                        them: { birth_date: theirAge, who_can_message: theirs },
                        following,
                        followed_by,
                        blocked,
                        blocked_by,
                        asked,
                        asked_by,
                        asked_today,
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
  asked: pair.asked_by,
  asked_by: pair.asked,
  asked_today: 0,
})

/** The rules as PRODUCT.md has them, each alone: what forbids a message, and whose affair it is. */
const tooYoung = (birthDate: string) => birthDate === TOO_YOUNG
const fresh = (asked: Asked | null, ...states: Asked['state'][]) =>
  asked !== null && states.includes(asked.state) && now - asked.at < 30 * DAY
const friends = ({ following, followed_by }: Pair) => following && followed_by
const agreed = ({ asked, asked_by }: Pair) =>
  [asked, asked_by].some((each) => each?.state === 'accepted')
/** Nothing lets me write to them but that they take requests. */
const stranger = (pair: Pair) => !friends(pair) && !agreed(pair) && !fresh(pair.asked_by, 'pending')
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
  ['ours', 'not_friends', (pair) => stranger(pair) && pair.them.who_can_message === 'friends'],
  ['ours', 'request_pending', (pair) => stranger(pair) && fresh(pair.asked, 'pending', 'declined')],
  ['ours', 'too_many_requests_today', (pair) => stranger(pair) && pair.asked_today >= 3],
]

test('there are 73,728 ways for two people to stand to each other', () => {
  assert.equal(new Set(everyPair.map(nameOf)).size, 73_728)
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
      asked: null,
      asked_by: null,
      asked_today: 0,
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

describe('requests', () => {
  test('a message is a request exactly where only everyone lets it through', () => {
    for (const pair of everyPair)
      assert.equal(isRequest(pair), canMessage(pair) === null && stranger(pair), nameOf(pair))
  })

  test('a declined request looks like one that waits, to the byte', () => {
    for (const pair of everyPair) {
      if (pair.asked?.state !== 'declined') continue
      const waiting: Pair = { ...pair, asked: { ...pair.asked, state: 'pending' } }
      for (const decide of [canMessage, canReply, canAdd])
        assert.equal(bytesOf(decide(pair)), bytesOf(decide(waiting)), nameOf(pair))
      assert.equal(canSignal(pair), canSignal(waiting), nameOf(pair))
    }
  })

  test('whoever was asked may answer, which accepts, unless something else stands between', () => {
    for (const pair of everyPair) {
      assert.equal(isAnswer(pair), fresh(pair.asked_by, 'pending'), nameOf(pair))
      if (isAnswer(pair) && !pair.blocked && !pair.blocked_by && !tooYoung(pair.me.birth_date))
        assert.equal(
          canMessage(pair) === null,
          pair.them.who_can_message !== 'no_one' && !tooYoung(pair.them.birth_date),
          nameOf(pair),
        )
    }
  })

  test('nothing is added to a request: where only a request is possible, an edit is none', () => {
    for (const pair of everyPair)
      assert.equal(canAdd(pair) === null, canMessage(pair) === null && !isRequest(pair))
  })

  test('too many tells when the next day begins', () => {
    const refused = everyPair
      .map(canMessage)
      .find((refusal) => refusal?.code === 'too_many_requests_today')
    assert.equal(refused?.extras.until, Date.UTC(2026, 0, 16))
  })

  test('C · a clock that went back opens nothing', () => {
    for (const pair of everyPair) {
      const earlier = { ...pair, now: now - DAY }
      if (tooYoung(pair.me.birth_date) || fresh(pair.asked_by, 'pending')) continue
      if (canMessage(earlier) === null && canMessage(pair) !== null)
        assert.fail(`loosened: ${nameOf(pair)}`)
    }
  })
})

describe('canReply', () => {
  test('the two-way check: allowed unless something that I may know stops them', () => {
    for (const pair of everyPair) {
      const open =
        friends(pair) ||
        agreed(pair) ||
        pair.me.who_can_message === 'everyone' ||
        fresh(pair.asked, 'pending', 'declined') ||
        fresh(pair.asked_by, 'pending') ||
        isRequest(pair)
      const expected: RefusalCode | null = tooYoung(pair.me.birth_date)
        ? 'sender_under_age'
        : pair.blocked
          ? 'you_blocked_them'
          : pair.me.who_can_message === 'no_one'
            ? 'messages_off'
            : open
              ? null
              : 'not_friends'
      assert.equal(codeOf(canReply(pair)), expected, nameOf(pair))
    }
  })

  test('X2 · nothing that they hide changes a byte of it: one hidden cause is like another', () => {
    for (const pair of everyPair) {
      const hidden = rules.some(([whose, , forbids]) => whose === 'theirs' && forbids(pair))
      if (!hidden) continue
      const blockOnly: Pair = {
        ...pair,
        blocked_by: true,
        them: { birth_date: OLD_ENOUGH, who_can_message: 'friends' },
      }
      assert.equal(bytesOf(canReply(pair)), bytesOf(canReply(blockOnly)), nameOf(pair))
    }
  })

  test('X2 · and like none, between all who do not take requests', () => {
    for (const pair of everyPair) {
      const open: Pair = {
        ...pair,
        blocked_by: false,
        them: { birth_date: OLD_ENOUGH, who_can_message: 'friends' },
      }
      if (isRequest(pair)) continue
      assert.equal(bytesOf(canReply(pair)), bytesOf(canReply(open)), nameOf(pair))
    }
  })

  test('where neither hides anything, they could answer what I may send', () => {
    for (const pair of everyPair) {
      if (canMessage(pair) !== null || pair.me.who_can_message === 'no_one') continue
      const sent: Pair = isRequest(pair)
        ? { ...pair, asked: { state: 'pending', at: now } }
        : isAnswer(pair)
          ? { ...pair, asked_by: { state: 'accepted', at: now } }
          : pair
      assert.equal(canReply(pair), null, nameOf(pair))
      assert.equal(canMessage(swap(sent)), null, nameOf(pair))
    }
  })
})

describe('canSignal', () => {
  test('receipts and typing pass only while each could message the other and no request waits, the same from both sides', () => {
    for (const pair of everyPair) {
      const each =
        (friends(pair) || agreed(pair)) &&
        canMessage(pair) === null &&
        canMessage(swap(pair)) === null
      assert.equal(canSignal(pair), each, nameOf(pair))
      assert.equal(canSignal(swap(pair)), each, nameOf(pair))
    }
  })

  test('X1 · never across a block, in either direction', () => {
    for (const pair of everyPair)
      if (pair.blocked || pair.blocked_by) assert.equal(canSignal(pair), false, nameOf(pair))
  })
})
