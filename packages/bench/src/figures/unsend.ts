import type { Target } from '../clients/growth-client.ts'
import { startClient } from '../clients/questions.ts'
import type { UnsendQuestions } from '../clients/unsend-client.ts'
import { scales } from '../data/scale.ts'
import type { Figure } from '../figure.ts'
import { steadyPercentile } from '../percentile.ts'

/** A second, sends and unsends together. */
const RATE = 200
const WARM_UP_ROUNDS = 200
const ROUNDS = 3000
const MOST = 1.5

/**
 * F10: to take one message back from a conversation of a million costs what it costs to send one
 * there. Both in turn, by its two people, over the same API.
 */
export async function unsend({ url, scale }: Target): Promise<Figure> {
  const client = startClient<UnsendQuestions>(
    new URL('../clients/unsend-client.ts', import.meta.url),
  )
  try {
    const work = { url, scale, rate: RATE }
    await client.ask('measure', { ...work, rounds: WARM_UP_ROUNDS })
    const { sends, unsends } = await client.ask('measure', { ...work, rounds: ROUNDS })
    const [send, taken] = [steadyPercentile(sends, 0.99), steadyPercentile(unsends, 0.99)]
    return {
      id: 'F10',
      name: `unsend in a conversation of ${scales[scale].giant.toLocaleString('en')}, p99 over that of send`,
      value: taken / send,
      unit: '×',
      limit: null,
      peers: [],
      target: `≤ ${MOST} ×`,
      ok: taken / send <= MOST,
      note: `send p99 ${send.toFixed(2)} ms, unsend p99 ${taken.toFixed(2)} ms; ${ROUNDS} each, ${RATE / 2} a second`,
    }
  } finally {
    await client.stop()
  }
}
