import type { Budget } from '@takeback/protocol/endpoints/endpoint.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Draw, SharedDraws } from '../bus/bus.ts'
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

/** How often draws are told to other nodes, ms: by as much can a budget be overdrawn between them. */
const SHARE_EVERY = 100

/**
 * How much a bucket may owe for what other nodes drew, in bursts. What is over is forgiven, so this
 * is also up to how many nodes more the rate holds to the letter, however people spread themselves.
 */
const MAX_DEBT = 4

export interface LimitsOptions {
  maxBuckets?: number
  /** Other nodes that draw from the same budgets. */
  shared?: SharedDraws | undefined
}

/**
 * Draws from token buckets named by budget and by whom they hold: an account, an address, a name.
 * What other nodes draw counts here a moment later; a bucket may owe for that, so that the
 * rate holds for the service as a whole.
 * @param clock should not step; if it steps back, nothing is refilled by that
 */
export function createLimits(
  limits: Limits,
  clock: Clock,
  { maxBuckets = MAX_BUCKETS, shared }: LimitsOptions = {},
) {
  /** In the order in which they were last drawn from, refusals included. */
  const buckets = new Map<string, Bucket>()
  let drawn = new Map<string, Draw>()

  /** Tells the others what was drawn since the last time. */
  function share(): void {
    shared?.shareDraws([...drawn.values()])
    drawn = new Map()
  }

  function note(budget: Budget, bucket: string, key: string): void {
    if (shared === undefined) return
    if (drawn.size === 0) setTimeout(share, SHARE_EVERY).unref()
    const draw = drawn.get(key)
    if (draw === undefined) drawn.set(key, { budget, bucket, count: 1 })
    else draw.count++
  }

  shared?.onDraws((draws) => {
    const now = clock()
    for (const { budget, bucket, count } of draws) {
      const limit = limits[budget]
      if (limit === null) continue
      const key = `${budget} ${bucket}`
      const tokens = filled(buckets.get(key) ?? { tokens: limit.burst, at: now }, limit, now)
      remember(key, { tokens: Math.max(-MAX_DEBT * limit.burst, tokens - count), at: now })
    }
  })

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
      const name = shared === undefined ? whom : shared.bucketName(whom)
      const key = `${budget} ${name}`
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
      note(budget, name, key)
    },
  }
}

export type DrawLimits = ReturnType<typeof createLimits>

/** A clock that steps back refills nothing. */
const filled = (bucket: Bucket, limit: Limit, now: number): number =>
  Math.min(limit.burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * limit.perSecond)
