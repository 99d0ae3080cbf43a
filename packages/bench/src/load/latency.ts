import { startLoad } from './load.ts'
import type { Address } from './orders.ts'
import type { Latencies } from './schedule.ts'

const WARM_UP = 2000

/**
 * Lets pairs write at a fixed rate, each device in turn, and measures from when a message was due
 * until it was delivered. One process sends and receives, so that there is one clock.
 * @param rate messages a second, of all devices together
 * @param patience how long after the last what is missing may take, ms
 * @throws Fault
 */
export async function measureLatency(
  pairs: [Address, Address][],
  rate: number,
  seconds: number,
  patience?: number,
): Promise<Latencies> {
  const load = await startLoad(pairs)
  try {
    await load.schedule(rate, WARM_UP, seconds * 1000)
    await new Promise((resolve) => setTimeout(resolve, WARM_UP + seconds * 1000))
    const { latencies } = await load.drain(patience)
    if (latencies === null) throw new Error('A load process gave no latencies.')
    return latencies
  } finally {
    await load.stop()
  }
}

/** In words, ms. */
export const spread = ({ p50, p99, max, count }: Latencies): string =>
  `p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)} of ${count.toLocaleString('en')} messages`

const ms = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ms`
