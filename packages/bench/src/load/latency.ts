import { startLoad } from './load.ts'
import type { Address } from './orders.ts'
import { pause, usageOf } from './rate.ts'
import type { Latencies } from './schedule.ts'
import { difference, disturbance } from './usage.ts'

const WARM_UP = 2000

/** What is offered, for how long, and to whom. */
export interface Offer {
  /** Messages a second, of all devices together. */
  rate: number
  seconds: number
  /** Processor time that what is measured has used so far, ms. */
  cpu: () => number
  /** How long after the last what is missing may take, ms; without, as long as anything comes. */
  patience?: number
}

export interface Latency {
  /** ms */
  p99: number
  /** In words. */
  spread: string
}

/**
 * Lets pairs write at a fixed rate, each device in turn, and measures from when a message was due
 * until it was delivered. One process sends and receives, so that there is one clock.
 * @throws Fault
 */
export async function measureLatency(
  pairs: [Address, Address][],
  { rate, seconds, cpu, patience }: Offer,
): Promise<Latency> {
  const load = await startLoad(pairs)
  try {
    const before = await usageOf(load, cpu)
    await load.schedule(rate, WARM_UP, seconds * 1000)
    await pause(WARM_UP + seconds * 1000)
    const used = difference(before, await usageOf(load, cpu))
    const latencies = await load.drain(patience)
    if (latencies === null) throw new Error('A load process gave no latencies.')
    return { p99: latencies.p99, spread: spreadOf(latencies) + disturbance(used) }
  } finally {
    await load.stop()
  }
}

const spreadOf = ({ p50, p99, max, count }: Latencies): string =>
  `p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)} of ${count.toLocaleString('en')} messages`

const ms = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ms`
