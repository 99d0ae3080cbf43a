import { startLoad, type Load } from './load.ts'
import type { Address } from './orders.ts'
import { difference, disturbance, machineTime, type Usage } from './usage.ts'

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
  /** What a message cost, in words. */
  costs: string
}

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
): Promise<Rate> {
  const load = await startLoad(pairs)
  try {
    await load.rally(window)
    await pause(warmUp * 1000)
    const before = await usageOf(load, cpu)
    await pause(seconds * 1000)
    const used = difference(before, await usageOf(load, cpu))
    await load.drain()
    return { perSecond: (used.delivered / used.at) * 1000, costs: costs(used) }
  } finally {
    await load.stop()
  }
}

export async function usageOf(load: Load, cpu: () => number): Promise<Usage> {
  const { at, delivered, cpu: loadCpu } = await load.count()
  return { at, delivered, server: cpu(), load: loadCpu, ...machineTime() }
}

const costs = (used: Usage): string => {
  const each = (time: number) => micro((time / used.delivered) * 1000)
  return `processor time a message: ${each(used.server)}, load generator ${each(used.load)}${disturbance(used)}`
}

const micro = (microseconds: number): string => `${Math.round(microseconds)} µs`

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))
