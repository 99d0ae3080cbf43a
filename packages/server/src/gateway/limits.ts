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

/** Most buckets remembered; past it those go that were drawn from the longest ago. */
const MAX_BUCKETS = 100_000

/**
 * Draws from token buckets named by budget and by whom they hold: an account, an address, a name.
 * @param clock should not step; if it steps back, nothing is refilled by that
 */
export function createLimits(limits: Limits, clock: Clock, maxBuckets = MAX_BUCKETS) {
  /** In the order in which they were last drawn from, refusals included. */
  const buckets = new Map<string, Bucket>()

  function remember(key: string, bucket: Bucket): void {
    buckets.delete(key)
    buckets.set(key, bucket)
    for (const oldest of buckets.keys()) {
      if (buckets.size <= maxBuckets) return
      buckets.delete(oldest)
    }
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
      if (tokens < 1) {
        // The refill goes on from where it began: parts of it added up again and again would drift.
        remember(key, { tokens: bucket.tokens, at: Math.min(bucket.at, now) })
        throw new Refusal('rate_limited', {
          retry_after: Math.max(1, Math.ceil((1 - tokens) / limit.perSecond)),
        })
      }
      remember(key, { tokens: tokens - 1, at: now })
    },
  }
}

export type DrawLimits = ReturnType<typeof createLimits>

/** A clock that steps back refills nothing. */
const filled = (bucket: Bucket, limit: Limit, now: number): number =>
  Math.min(limit.burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * limit.perSecond)
