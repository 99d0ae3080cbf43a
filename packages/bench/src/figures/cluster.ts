import { join } from 'node:path'
import { natsMissing } from '../../../../scripts/nats.ts'
import { postgresMissing } from '../../../../scripts/postgres.ts'
import type { Figure, Measurement, Peer, Run } from '../figure.ts'
import { startCluster } from '../load/cluster.ts'
import { measureLatency, type Latency } from '../load/latency.ts'
import { atHead, makePairs } from '../load/people.ts'
import { measureRate, workOf, type Rate } from '../load/rate.ts'
import { startServer, type Server } from '../load/server.ts'
import { ejabberdPostgres, measurePeers, PEERS_NOTE } from '../peers/peers.ts'

const NODES = 3
/** Messages a second that are offered for the latency. */
const OFFERED = 1000
/** ms */
const TARGET = 25

/** F7: several nodes over PostgreSQL and NATS; the two of each pair are connected to different ones. */
export const cluster: Measurement = async (run) => {
  const missing = postgresMissing ?? natsMissing
  if (missing !== null) return [rateRow(null, null, missing), latencyRow(null, missing)]
  const { rate, latency } = await measureNodes(run)
  const peer = await comparedPeer(run)
  const { pairs, window, seconds } = workOf(run.options)
  return [
    rateRow(
      rate,
      peer,
      `${pairs} pairs, ${window} in flight each, ${seconds} s; nodes and PostgreSQL together: ${rate.costs}. ${PEERS_NOTE}`,
    ),
    latencyRow(latency, `${latency.spread}; counted from when a message was due.`),
  ]
}

async function measureNodes(run: Run): Promise<{ rate: Rate; latency: Latency }> {
  const work = workOf(run.options)
  const { environment, database, stop } = await startCluster()
  const nodes: Server[] = []
  try {
    for (let index = 0; index < NODES; index++)
      nodes.push(await startServer(join(run.folder, `node-${index}`), environment))
    const pairs = await makePairs(
      nodes.map(({ url }) => url),
      work.pairs,
    )
    const cpu = () => nodes.reduce((sum, node) => sum + node.cpu(), database.cpu())
    const rate = await measureRate(pairs, work, cpu)
    run.say(`delivered: ${Math.round(rate.perSecond)}/s (${rate.costs})`)
    const latency = await measureLatency(await atHead(pairs), {
      rate: OFFERED,
      seconds: work.seconds,
      cpu,
    })
    run.say(`at ${OFFERED}/s: ${latency.spread}`)
    return { rate, latency }
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
    await stop()
  }
}

/** As F1 measured it in this run, or measured now. */
async function comparedPeer(run: Run): Promise<Peer> {
  const { name } = ejabberdPostgres
  const known = run.figures
    .filter(({ id }) => id === 'F1')
    .flatMap(({ peers }) => peers)
    .find((peer) => peer.name === name && peer.value !== null)
  if (known !== undefined) return known
  const work = workOf(run.options)
  const [measured] = await measurePeers(
    run,
    [ejabberdPostgres],
    work.pairs,
    async (peer, pairs) => {
      const rate = await measureRate(pairs, work, peer.cpu)
      return { value: rate.perSecond, note: rate.costs }
    },
  )
  return measured ?? { name, value: null }
}

function rateRow(rate: Rate | null, peer: Peer | null, note: string): Figure {
  const value = rate?.perSecond ?? null
  const compared = peer?.value ?? null
  return {
    id: 'F7',
    name: `messages delivered, ${NODES} nodes`,
    value,
    unit: '/s',
    limit: null,
    peers: peer === null ? [] : [peer],
    target: '≥ 2 × ejabberd over PostgreSQL',
    ok: value === null || compared === null ? null : value >= 2 * compared,
    note,
  }
}

const latencyRow = (latency: Latency | null, note: string): Figure => ({
  id: 'F7',
  name: `send to delivery, p99 at ${OFFERED.toLocaleString('en')}/s, ${NODES} nodes`,
  value: latency?.p99 ?? null,
  unit: 'ms',
  limit: null,
  peers: [],
  target: `≤ ${TARGET} ms`,
  ok: latency === null ? null : latency.p99 <= TARGET,
  note,
})
