import type { CatchUpQuestions } from '../clients/catch-up-client.ts'
import type { Target } from '../clients/growth-client.ts'
import { startClient } from '../clients/questions.ts'
import { scales } from '../data/scale.ts'
import type { Figure } from '../figure.ts'
import { percentile } from '../percentile.ts'

const MOST_SECONDS = 1
const MOST_MS = 300
/** Each by somebody else, who has been away. */
const TIMES = 5

/**
 * F6: how long somebody with a thousand conversations, who has been away for ten thousand events,
 * waits until all is there; and how long a new device of theirs waits for its inbox. Devices are the
 * SDK's, with their copy in memory.
 */
export async function catchUp({ url, scale }: Target): Promise<Figure[]> {
  const client = startClient<CatchUpQuestions>(
    new URL('../clients/catch-up-client.ts', import.meta.url),
  )
  try {
    const { hubConversations: conversations, hubMissed } = scales[scale]
    let hub = 0
    /** Once more at first: the client's own code is to be compiled. */
    const times = async (once: (account: number) => Promise<number>): Promise<number[]> => {
      const took: number[] = []
      for (let time = 0; time <= TIMES; time++) took.push(await once(hub++))
      return took.slice(1)
    }
    const caughtUp = await times((account) =>
      client.ask('catchUp', { url, account, behind: hubMissed }),
    )
    const loaded = await times((account) => client.ask('snapshot', { url, account, conversations }))
    const seconds = percentile(caughtUp, 0.5) / 1000
    const ms = percentile(loaded, 0.5)
    return [
      {
        id: 'F6',
        name: `a device with ${hubMissed.toLocaleString('en')} events to catch up is current`,
        value: seconds,
        unit: 's',
        limit: null,
        peers: [],
        target: `≤ ${MOST_SECONDS} s`,
        ok: seconds <= MOST_SECONDS,
        note: `the middle of ${TIMES}; the slowest ${(Math.max(...caughtUp) / 1000).toFixed(2)} s`,
      },
      {
        id: 'F6',
        name: `snapshot of ${conversations.toLocaleString('en')} conversations on a new device`,
        value: ms,
        unit: 'ms',
        limit: null,
        peers: [],
        target: `≤ ${MOST_MS} ms`,
        ok: ms <= MOST_MS,
        note: `the middle of ${TIMES}; the slowest ${Math.max(...loaded).toFixed(0)} ms`,
      },
    ]
  } finally {
    await client.stop()
  }
}
