import { startLoad } from './load.ts'
import type { Address, Count } from './orders.ts'

/** The work of the figures: how many pairs, how many messages each keeps in flight, for how long. */
export interface Work {
  pairs: number
  window: number
  seconds: number
}

export const workOf = (options: Readonly<Record<string, string>>): Work => ({
  pairs: Number(options['pairs'] ?? 100),
  window: Number(options['window'] ?? 16),
  seconds: Number(options['seconds'] ?? 8),
})

export interface Rate {
  /** Messages delivered a second, counted where they were received. */
  perSecond: number
  /** Processor time a message, µs: of what was measured, and of the load processes. */
  serverCost: number
  loadCost: number
}

/** In words. */
export const costs = ({ serverCost, loadCost }: Rate): string =>
  `processor time a message: ${micro(serverCost)}, load generator ${micro(loadCost)}`

export const micro = (microseconds: number): string => `${Math.round(microseconds)} µs`

/** s */
const WARM_UP = 2

/**
 * Lets pairs play ping-pong and counts what is delivered after the warm-up (s). At the end everything
 * that was said must have arrived.
 * @param cpu processor time that what is measured has used so far, ms
 * @throws Fault
 */
export async function measureRate(
  pairs: [Address, Address][],
  { window, seconds, warmUp = WARM_UP }: Pick<Work, 'window' | 'seconds'> & { warmUp?: number },
  cpu: () => number,
  processes = 1,
): Promise<Rate> {
  const load = await startLoad(pairs, processes)
  try {
    await load.rally(window)
    await pause(warmUp * 1000)
    const before = { counts: await load.count(), cpu: cpu() }
    await pause(seconds * 1000)
    const after = { counts: await load.count(), cpu: cpu() }
    await load.drain()
    const growth = before.counts.map((count, index) => growthOf(count, after.counts[index]))
    const sum = (of: (one: Count) => number) => growth.reduce((total, one) => total + of(one), 0)
    const delivered = sum((one) => one.delivered)
    return {
      perSecond: sum((one) => (one.delivered / one.at) * 1000),
      serverCost: ((after.cpu - before.cpu) / delivered) * 1000,
      loadCost: (sum((one) => one.cpu) / delivered) * 1000,
    }
  } finally {
    await load.stop()
  }
}

const growthOf = (before: Count, after: Count = before): Count => ({
  at: after.at - before.at,
  delivered: after.delivered - before.delivered,
  cpu: after.cpu - before.cpu,
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
