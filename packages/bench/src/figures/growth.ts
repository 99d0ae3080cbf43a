import type { Figure, Measurement, Run } from '../figure.ts'
import type { GrowthQuestions, Target } from '../clients/growth-client.ts'
import { startClient, type ClientProcess } from '../clients/questions.ts'
import type { Operation } from '../clients/reader.ts'
import { dataFolder } from '../data/data-set.ts'
import { scales, type ScaleName } from '../data/scale.ts'
import { startServer } from '../load/server.ts'
import { percentile, steadyPercentile } from '../percentile.ts'

const operations: readonly Operation[] = ['history page', 'inbox page', 'account search', 'send']

/** Requests a second, over both servers: far from what either could carry. */
const RATE = 300
const WARM_UP_ROUNDS = 300
const ROUNDS = 3000
const MOST = 1.5

/**
 * F5: what ten million messages cost whoever reads and writes, against ten thousand. Two servers,
 * one on each data set, are asked in turn for the same work of random people, so that noise of the
 * machine falls on both.
 */
export const growth: Measurement = async (run: Run): Promise<Figure[]> => {
  const largest = (run.options['scale'] ?? 'large') as ScaleName
  const folders = [await dataFolder(run, 'small'), await dataFolder(run, largest)]
  const servers = await Promise.all(folders.map((folder) => startServer(folder)))
  const client = startClient<GrowthQuestions>(
    new URL('../clients/growth-client.ts', import.meta.url),
  )
  try {
    const targets = servers.map(
      ({ url }, index): Target => ({
        url,
        scale: index === 0 ? 'small' : largest,
      }),
    )
    const figures: Figure[] = []
    for (const operation of operations) {
      const figure = await grown(client, operation, targets)
      run.say(`${operation}: ${figure.note}`)
      figures.push(figure)
    }
    return figures
  } finally {
    await client.stop()
    for (const server of servers) await server.stop()
  }
}

async function grown(
  client: ClientProcess<GrowthQuestions>,
  operation: Operation,
  targets: Target[],
): Promise<Figure> {
  const work = { operation, targets, rate: RATE }
  await client.ask('measure', { ...work, rounds: WARM_UP_ROUNDS })
  const [small = [], large = []] = await client.ask('measure', { ...work, rounds: ROUNDS })
  const ratio = steadyPercentile(large, 0.99) / steadyPercentile(small, 0.99)
  const [few, many] = targets.map(({ scale }) => scales[scale].messages.toLocaleString('en'))
  const told = (sample: number[]) =>
    `p50 ${percentile(sample, 0.5).toFixed(2)}, p99 ${steadyPercentile(sample, 0.99).toFixed(2)} ms`
  return {
    id: 'F5',
    name: `growth of ${operation}: p99 at ${many} messages over p99 at ${few}`,
    value: ratio,
    unit: '×',
    limit: null,
    peers: [],
    target: `≤ ${MOST} ×`,
    ok: ratio <= MOST,
    note: `${few}: ${told(small)}; ${many}: ${told(large)}; ${ROUNDS} each at ${RATE / 2} a second`,
  }
}
