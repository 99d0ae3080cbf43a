import type { AccountId } from '@takeback/protocol/ids.ts'
import type { Refusal } from '@takeback/protocol/refusals.ts'
import type { Pair } from '../policy/facts.ts'
import type { Reader } from '../store/store.ts'
import type { MessagingDeps } from './deps.ts'

/** What policy needs about me and each of the others, read in this very transaction (P1). */
export async function readPairs(
  { graph, clock }: Pick<MessagingDeps, 'graph' | 'clock'>,
  tx: Reader,
  me: AccountId,
  others: readonly { account_id: AccountId }[],
): Promise<(Pair & { account_id: AccountId })[]> {
  const rows = await graph.pairs(
    tx,
    me,
    others.map((other) => other.account_id),
  )
  return rows.map((row) => ({
    account_id: row.id,
    now: clock(),
    me: { birth_date: row.my_birth_date, who_can_message: row.my_who_can_message },
    them: { birth_date: row.birth_date, who_can_message: row.who_can_message },
    following: row.following === 1,
    followed_by: row.followed_by === 1,
    blocked: row.blocked === 1,
    blocked_by: row.blocked_by === 1,
  }))
}

/** The first refusal that a decision meets among several people; null if it meets none. */
export function firstRefusal(
  pairs: readonly Pair[],
  decide: (pair: Pair) => Refusal | null,
): Refusal | null {
  for (const pair of pairs) {
    const refusal = decide(pair)
    if (refusal !== null) return refusal
  }
  return null
}
