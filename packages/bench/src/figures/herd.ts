import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { HerdQuestions, Talk } from '../clients/herd-client.ts'
import { startClient, type ClientProcess } from '../clients/questions.ts'
import { dataFolder } from '../data/data-set.ts'
import { planOf } from '../data/plan.ts'
import { scales } from '../data/scale.ts'
import type { Figure, Measurement, Run } from '../figure.ts'
import { startServer } from '../load/server.ts'
import { percentile } from '../percentile.ts'

const SOCKETS = 10_000
/** Of these write to one of the others, all the time. */
const TALKERS = 200
/** Messages a second, over all talkers. */
const RATE = 200
const MOST_SECONDS = 120
/** Each holds half of the herd, and from an address of its own: the ports of one might not do. */
const CLIENTS = 2
/** How long messages flow before the cut, ms. */
const BEFORE = 3000

type Herd = ClientProcess<HerdQuestions>

/**
 * F8: the server is stopped with ten thousand sockets connected and started again. They come back by
 * the SDK's own rules while people go on writing to each other, also to those who are not back yet.
 */
export const herd: Measurement = async (run: Run): Promise<Figure[]> => {
  const folder = await dataFolder(run, 'crowd')
  let server = await startServer(folder)
  const clients = Array.from({ length: CLIENTS }, () =>
    startClient<HerdQuestions>(new URL('../clients/herd-client.ts', import.meta.url)),
  )
  try {
    const socketUrl = `${server.url.replace('http', 'ws')}/v1/socket`
    await Promise.all(
      clients.map((client, index) =>
        client.ask('connect', {
          url: socketUrl,
          accounts: accountsOf(index),
          // Elsewhere than on Linux, localhost has one address only.
          ...(process.platform === 'linux' ? { localAddress: `127.0.0.${index + 2}` } : {}),
        }),
      ),
    )
    run.say(`${SOCKETS.toLocaleString('en')} sockets are signed in`)
    const talks = talksOf()
    for (const [index, client] of clients.entries())
      await client.ask('talk', {
        rate: RATE / CLIENTS,
        talks: talks.filter(({ from }) => from % CLIENTS === index),
      })
    await pause(BEFORE)

    const cutAt = Date.now()
    await server.stop()
    const stoppedAt = Date.now()
    server = await startServer(folder, { TAKEBACK_PORT: new URL(server.url).port })
    const startedAt = Date.now()
    run.say(`stopped in ${stoppedAt - cutAt} ms, started in ${startedAt - stoppedAt} ms`)
    const backAt = await allCurrent(clients)
    const said = (
      await Promise.all(clients.map((client) => client.ask('finish', undefined)))
    ).flat()
    await assertAllHeard(clients, talks, new Map(said.map(({ from, count }) => [from, count])))

    const seconds = (Math.max(...backAt) - cutAt) / 1000
    const waits = said.flatMap((one) => one.waits)
    const after = waits.filter(({ due }) => due > startedAt).map(({ took }) => took)
    const sinceCut = (part: number) => ((percentile(backAt, part) - cutAt) / 1000).toFixed(1)
    return [
      {
        id: 'F8',
        name: `all ${SOCKETS.toLocaleString('en')} sockets current after a restart`,
        value: seconds,
        unit: 's',
        limit: null,
        peers: [],
        target: `≤ ${MOST_SECONDS} s with sends flowing`,
        ok: seconds <= MOST_SECONDS,
        note:
          `half after ${sinceCut(0.5)} s, 99 % after ${sinceCut(0.99)} s, of which the server was away ` +
          `${((startedAt - cutAt) / 1000).toFixed(1)} s; ${waits.length.toLocaleString('en')} messages at ${RATE} a second, ` +
          `once and in order; of those after the start p50 ${percentile(after, 0.5)} ms, p99 ${percentile(after, 0.99)} ms from due to acknowledged`,
      },
    ]
  } finally {
    for (const client of clients) await client.stop()
    await server.stop()
  }
}

const accountsOf = (client: number): number[] =>
  Array.from({ length: SOCKETS / CLIENTS }, (_, index) => index * CLIENTS + client)

/** Conversations within the herd, so that nobody writes in two and nobody is written to in two. */
function talksOf(): Talk[] {
  const plan = planOf(scales.crowd)
  const taken = new Set<number>()
  const talks: Talk[] = []
  for (let index = 0; index < scales.crowd.conversations && talks.length < TALKERS; index++) {
    const [from, to] = plan.members(index)
    if (from >= SOCKETS || to >= SOCKETS || taken.has(from) || taken.has(to)) continue
    taken.add(from).add(to)
    talks.push({ from, to, conversation: plan.id(index) })
  }
  assert.equal(talks.length, TALKERS)
  return talks
}

/** When each of the herd had all there was, after it was cut; Unix ms. */
async function allCurrent(clients: readonly Herd[]): Promise<number[]> {
  for (const until = Date.now() + 2 * MOST_SECONDS * 1000; Date.now() < until; await pause(250)) {
    const answers = await Promise.all(
      clients.map((client) => client.ask('current', { welcomes: 2 })),
    )
    const at = answers.flatMap((answer) => answer.at)
    if (at.length === SOCKETS) return at
  }
  throw new Error('Not all sockets came back.')
}

/** What was acknowledged has come, at those it was for, within a moment. */
async function assertAllHeard(
  clients: readonly Herd[],
  talks: readonly Talk[],
  sent: ReadonlyMap<number, number>,
): Promise<void> {
  const missing = async (): Promise<number> => {
    let lacking = 0
    for (const [index, client] of clients.entries()) {
      const pairs = talks.filter(({ to }) => to % CLIENTS === index)
      for (const [place, heard] of (await client.ask('heard', { pairs })).entries())
        if (heard !== sent.get(pairs[place]?.from ?? -1)) lacking++
    }
    return lacking
  }
  for (const until = performance.now() + 10_000; (await missing()) > 0; await pause(50))
    if (performance.now() > until) throw new Error(`${await missing()} have not heard everything.`)
  // Long enough for what comes twice, which whoever hears it does not bear.
  await pause(1000)
  assert.equal(await missing(), 0)
}
