import { Refusal, type Remedy } from '@takeback/protocol/refusals.ts'
import { isOfAge, MESSAGING_AGE, turns } from './age.ts'
import type { Asked, Pair, Person } from './facts.ts'

const DAY = 86_400_000
/** How long a request waits for an answer, ms. */
export const REQUEST_LIFE = 30 * DAY
/** How many new people somebody may ask on a day, UTC. */
export const REQUESTS_A_DAY = 3

/** Days since 1970, UTC. */
export const dayOf = (now: number): number => Math.floor(now / DAY)

/**
 * Whether I may send to them; null means yes. My own causes are found first. Theirs collapse into
 * one: a block cannot be told from No one or from being under age (X2). Where `isRequest`, what I
 * send is a request.
 */
export function canMessage(pair: Pair): Refusal | null {
  const { me, them, now } = pair
  if (!isOfAge(me.birth_date, MESSAGING_AGE, now)) return underAge(me)
  if (pair.blocked) return new Refusal('you_blocked_them')
  if (
    pair.blocked_by ||
    them.who_can_message === 'no_one' ||
    !isOfAge(them.birth_date, MESSAGING_AGE, now)
  )
    return new Refusal('recipient_unavailable')
  if (!isStranger(pair)) return null
  if (them.who_can_message === 'friends')
    return new Refusal('not_friends', { remedies: waysToFriendship(pair) })
  if (isUnanswered(pair.asked, now)) return new Refusal('request_pending')
  if (pair.asked_today >= REQUESTS_A_DAY) return tooManyRequests(now)
  return null
}

/** Whether the message that I may send is a request: they are a stranger who lets everyone ask. */
export const isRequest = (pair: Pair): boolean => isStranger(pair) && canMessage(pair) === null

/** Whether what I send answers their request, and so accepts it. */
export const isAnswer = ({ asked_by, now }: Pair): boolean =>
  asked_by?.state === 'pending' && now - asked_by.at < REQUEST_LIFE

/** Nothing lets me write to them but that they take requests. */
const isStranger = (pair: Pair): boolean =>
  !areFriends(pair) && !haveAgreed(pair) && !isAnswer(pair)

/**
 * Whether I may put something into what already stands between us, such as an edit; null means yes.
 * A request is one message and nothing besides.
 */
export const canAdd = (pair: Pair): Refusal | null =>
  canMessage(pair) ??
  (isRequest(pair) ? new Refusal('not_friends', { remedies: waysToFriendship(pair) }) : null)

/**
 * Whether they could answer me; null means yes. Only what I may know counts (my age, block and
 * settings, what we are to each other, and whether they take requests), so that the answer is the
 * same whatever they hide (X2).
 */
export function canReply(pair: Pair): Refusal | null {
  const { me, now } = pair
  if (!isOfAge(me.birth_date, MESSAGING_AGE, now)) return underAge(me)
  if (pair.blocked) return new Refusal('you_blocked_them')
  if (me.who_can_message === 'no_one') return new Refusal('messages_off')
  if (areFriends(pair) || haveAgreed(pair) || me.who_can_message === 'everyone') return null
  // Whoever asks lets the other answer, and whoever answers accepts.
  if (isUnanswered(pair.asked, now) || isRequest(pair) || isAnswer(pair)) return null
  return new Refusal('not_friends', { remedies: waysToFriendship(pair) })
}

/**
 * Whether one's receipts and typing reach the other: only while each could message the other, and
 * not before a request is accepted. So signals fall silent in the same way whether somebody blocked,
 * chose No one, or is no friend.
 */
export const canSignal = (pair: Pair): boolean =>
  (areFriends(pair) || haveAgreed(pair)) &&
  canMessage(pair) === null &&
  canMessage(turned(pair)) === null

/** All requests of a day are used; the next day begins at midnight, UTC. */
export const tooManyRequests = (now: number): Refusal =>
  new Refusal('too_many_requests_today', { until: (dayOf(now) + 1) * DAY })

const underAge = (me: Person): Refusal =>
  new Refusal('sender_under_age', { until: turns(me.birth_date, MESSAGING_AGE) })

const areFriends = (pair: Pair): boolean => pair.following && pair.followed_by

/** One asked and the other accepted: that counts for both, whatever they let others do. */
const haveAgreed = ({ asked, asked_by }: Pair): boolean =>
  asked?.state === 'accepted' || asked_by?.state === 'accepted'

/** As the one who asked sees it: a declined request is one that was not answered. */
const isUnanswered = (asked: Asked | null, now: number): boolean =>
  (asked?.state === 'pending' || asked?.state === 'declined') && now - asked.at < REQUEST_LIFE

const waysToFriendship = (pair: Pair): Remedy[] => [
  ...(pair.following ? [] : (['follow'] as const)),
  ...(pair.followed_by ? [] : (['wait_for_follow_back'] as const)),
]

const turned = (pair: Pair): Pair => ({
  now: pair.now,
  me: pair.them,
  them: pair.me,
  following: pair.followed_by,
  followed_by: pair.following,
  blocked: pair.blocked_by,
  blocked_by: pair.blocked,
  asked: pair.asked_by,
  asked_by: pair.asked,
  // Only strangers ask, and between strangers nothing is signalled.
  asked_today: 0,
})
