import { join } from 'node:path'
import type { Measurement } from '../figure.ts'
import { measureLatency } from '../load/latency.ts'
import { makePairs } from '../load/people.ts'
import { workOf } from '../load/rate.ts'
import { startServer } from '../load/server.ts'
import { bestArchiving, measurePeers, PEERS_NOTE, peerServers } from '../peers/peers.ts'

/** Messages a second that are offered, whatever is delivered. */
const RATE = 2000
/** ms */
const TARGET = 10
/** How far behind a peer may be at the end, ms: one that cannot carry the rate has no figure. */
const PATIENCE = 10_000

/** F3: how long after it was to be sent a message is delivered, at a rate that peers can carry too. */
export const latency: Measurement = async ({ folder, say, options }) => {
  const { pairs, seconds } = workOf(options)
  const server = await startServer(join(folder, 'own'))
  const own = await makePairs([server.url], pairs)
    .then((made) => measureLatency(made, { rate: RATE, seconds, cpu: server.cpu }))
    .finally(server.stop)
  say(`at ${RATE}/s: ${own.spread}`)
  const peers = await measurePeers({ folder, say }, peerServers, pairs, async ({ cpu }, made) => {
    const offer = { rate: RATE, seconds, cpu, patience: PATIENCE }
    const { p99, spread } = await measureLatency(made, offer)
    return { value: p99, note: spread }
  })
  const best = bestArchiving(peers, Math.min)
  return [
    {
      id: 'F3',
      name: `send to delivery, p99 at ${RATE.toLocaleString('en')}/s`,
      value: own.p99,
      unit: 'ms',
      limit: null,
      peers,
      target: `≤ ${TARGET} ms and ≤ best archiving peer`,
      ok:
        own.p99 > TARGET || (best !== null && own.p99 > best) ? false : best === null ? null : true,
      note: `${own.spread}; ${pairs} pairs, counted from when a message was due. ${PEERS_NOTE}`,
    },
  ]
}
