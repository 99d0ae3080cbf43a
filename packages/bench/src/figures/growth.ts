import type { GrowthQuestions, Target } from '../clients/growth-client.ts'
import { startClient, type ClientProcess } from '../clients/questions.ts'
import type { Operation } from '../clients/reader.ts'
import { scales } from '../data/scale.ts'
import type { Figure, Run } from '../figure.ts'
import { steadyPercentile } from '../percentile.ts'

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
export async function growth(small: Target, large: Target, say: Run['say']): Promise<Figure[]> {
  const client = startClient<GrowthQuestions>(
    new URL('../clients/growth-client.ts', import.meta.url),
  )
  try {
    const figures: Figure[] = []
    for (const operation of operations) {
      const figure = await grown(client, operation, [small, large])
      say(`${operation}: ${figure.note}`)
      figures.push(figure)
    }
    return [...figures, messageSearch]
  } finally {
    await client.stop()
  }
}

const target = `≤ ${MOST} ×`

const messageSearch: Figure = {
  id: 'F5',
  name: 'growth of message search',
  value: null,
  unit: '×',
  limit: null,
  peers: [],
  target,
  ok: null,
  note: 'There is no search in messages yet.',
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
  return {
    id: 'F5',
    name: `growth of ${operation}, p99 at ${many} messages over p99 at ${few}`,
    value: ratio,
    unit: '×',
    limit: null,
    peers: [],
    target,
    ok: ratio <= MOST,
    note: `${few}: ${told(small)}; ${many}: ${told(large)}; ${ROUNDS} each, ${RATE / 2} a second`,
  }
}

const told = (sample: readonly number[]): string =>
  `p50 ${steadyPercentile(sample, 0.5).toFixed(2)}, p99 ${steadyPercentile(sample, 0.99).toFixed(2)} ms`
