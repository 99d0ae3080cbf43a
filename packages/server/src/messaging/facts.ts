import type { AccountId } from '@takeback/protocol/ids.ts'
import type { Refusal } from '@takeback/protocol/refusals.ts'
import { dayOf } from '../policy/can-message.ts'
import type { Asked, Pair, RequestState } from '../policy/facts.ts'
import type { Reader } from '../store/store.ts'
import type { MessagingDeps } from './deps.ts'
import { askedBetween } from './request-tables.ts'

type FactsDeps = Pick<MessagingDeps, 'graph' | 'clock'>

/** What policy needs about me and each of the others, read in this very transaction (P1). */
export async function readPairs(
  deps: FactsDeps,
  tx: Reader,
  me: AccountId,
  others: readonly { account_id: AccountId }[],
): Promise<(Pair & { account_id: AccountId })[]> {
  const found = await readPairsOfMany(
    deps,
    tx,
    others.map(({ account_id }) => ({ me, them: account_id })),
  )
  return [...(found.get(me) ?? [])].map(([account_id, pair]) => ({ ...pair, account_id }))
}

/** The same for many people at once: by `me`, then by `them`. */
export async function readPairsOfMany(
  { graph, clock }: FactsDeps,
  tx: Reader,
  wanted: readonly { me: AccountId; them: AccountId }[],
): Promise<Map<AccountId, Map<AccountId, Pair>>> {
  const found = new Map<AccountId, Map<AccountId, Pair>>()
  if (wanted.length === 0) return found
  const now = clock()
  const rows = await graph.pairs(tx, wanted)
  // Between friends nothing is asked.
  const strangers = rows.filter((row) => row.following === 0 || row.followed_by === 0)
  const asked = Map.groupBy(await askedBetween(tx, strangers, dayOf(now)), ({ me }) => me)
  for (const row of rows) {
    const between = asked.get(row.me)?.find(({ them }) => them === row.them)
    const pair: Pair = {
      now,
      me: { birth_date: row.my_birth_date, who_can_message: row.my_who_can_message },
      them: { birth_date: row.birth_date, who_can_message: row.who_can_message },
      following: row.following === 1,
      followed_by: row.followed_by === 1,
      blocked: row.blocked === 1,
      blocked_by: row.blocked_by === 1,
      asked: toAsked(between?.asked, between?.asked_at),
      asked_by: toAsked(between?.asked_by, between?.asked_by_at),
      asked_today: between?.asked_that_day ?? 0,
    }
    const mine = found.get(row.me)
    if (mine === undefined) found.set(row.me, new Map([[row.them, pair]]))
    else mine.set(row.them, pair)
  }
  return found
}

const toAsked = (state: RequestState | null = null, at: number | null = null): Asked | null =>
  state === null || at === null ? null : { state, at }

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
