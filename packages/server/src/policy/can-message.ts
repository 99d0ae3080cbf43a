import { Refusal, type Remedy } from '@takeback/protocol/refusals.ts'
import { isOfAge, MESSAGING_AGE, turns } from './age.ts'
import type { Pair, Person } from './facts.ts'

/**
 * Whether I may send to them; null means yes. My own causes are found first. Theirs collapse into
 * one: a block cannot be told from No one or from being under age (X2).
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
  if (!areFriends(pair)) return new Refusal('not_friends', { remedies: waysToFriendship(pair) })
  return null
}

/**
 * Whether they could answer me; null means yes. Only what I may know counts (my age, block and
 * settings, and whether we are friends), so that the answer is the same whatever they hide (X2).
 */
export function canReply(pair: Pair): Refusal | null {
  const { me, now } = pair
  if (!isOfAge(me.birth_date, MESSAGING_AGE, now)) return underAge(me)
  if (pair.blocked) return new Refusal('you_blocked_them')
  if (me.who_can_message === 'no_one') return new Refusal('messages_off')
  if (!areFriends(pair)) return new Refusal('not_friends', { remedies: waysToFriendship(pair) })
  return null
}

/**
 * Whether one's receipts and typing reach the other: only while each could message the other. So
 * signals fall silent in the same way whether somebody blocked, chose No one, or is no friend.
 */
export const canSignal = (pair: Pair): boolean =>
  canMessage(pair) === null && canMessage(turned(pair)) === null

const underAge = (me: Person): Refusal =>
  new Refusal('sender_under_age', { until: turns(me.birth_date, MESSAGING_AGE) })

const areFriends = (pair: Pair): boolean => pair.following && pair.followed_by

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
})
