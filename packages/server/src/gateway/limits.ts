import type { Budget } from '@takeback/protocol/endpoints/endpoint.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Clock } from '../clock.ts'

/** A token bucket: `burst` at once, refilled at `perSecond`. */
export interface Limit {
  burst: number
  perSecond: number
}

/** Per budget; null for no limit. */
export type Limits = Record<Budget, Limit | null>

interface Bucket {
  tokens: number
  at: number
}

/** Most buckets remembered; past it the fullest, which limit nobody, are forgotten. */
const MAX_BUCKETS = 100_000

/** Draws from token buckets named by budget and by whom they hold: an account, an address, a name. */
export function createLimits(limits: Limits, clock: Clock) {
  const buckets = new Map<string, Bucket>()

  function forgetFull(now: number): void {
    for (const [key, bucket] of buckets) {
      const limit = limits[key.slice(0, key.indexOf(' ')) as Budget]
      if (limit === null || filled(bucket, limit, now) >= limit.burst) buckets.delete(key)
    }
    if (buckets.size >= MAX_BUCKETS) buckets.clear()
  }

  return {
    /** @throws Refusal rate_limited, with the seconds after which one more is allowed */
    draw(budget: Budget, whom: string): void {
      const limit = limits[budget]
      if (limit === null) return
      const now = clock()
      const key = `${budget} ${whom}`
      const bucket = buckets.get(key) ?? { tokens: limit.burst, at: now }
      const tokens = filled(bucket, limit, now)
      if (tokens < 1)
        throw new Refusal('rate_limited', {
          retry_after: Math.max(1, Math.ceil((1 - tokens) / limit.perSecond)),
        })
      if (buckets.size >= MAX_BUCKETS && !buckets.has(key)) forgetFull(now)
      buckets.set(key, { tokens: tokens - 1, at: now })
    },
  }
}

export type DrawLimits = ReturnType<typeof createLimits>

/** A clock that steps back refills nothing. */
const filled = (bucket: Bucket, limit: Limit, now: number): number =>
  Math.min(limit.burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * limit.perSecond)
