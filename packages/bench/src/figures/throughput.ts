import { join } from 'node:path'
import type { Figure, Measurement } from '../figure.ts'
import { measureInsert } from '../limits/insert-limit.ts'
import { measureRelay } from '../limits/relay-limit.ts'
import { makePairs } from '../load/people.ts'
import { measureRate, workOf, type Rate, type Work } from '../load/rate.ts'
import { startServer } from '../load/server.ts'
import {
  bestArchiving,
  measurePeers,
  PEERS_NOTE,
  peerServers,
  type MeasuredPeer,
} from '../peers/peers.ts'

/**
 * F1 and F2: delivered messages a second, each durable before it is acknowledged, beside the same
 * ping-pong over other messengers, and as a share of what bounds it.
 */
export const throughput: Measurement = async ({ folder, say, options }) => {
  const work = workOf(options)
  const own = await measureOwn(join(folder, 'own'), work)
  say(`delivered: ${Math.round(own.perSecond)}/s (${own.costs})`)
  const relay = await measureRelay(work)
  say(`bare relay: ${Math.round(relay.perSecond)}/s (${relay.costs})`)
  const insert = await measureInsert(join(folder, 'insert.db'), work)
  say(`bare insert: ${Math.round(insert.perSecond)}/s (${insert.costs})`)
  const peers = await measurePeers(
    { folder, say },
    peerServers,
    work.pairs,
    async (peer, pairs) => {
      const rate = await measureRate(pairs, work, peer.cpu)
      return { value: rate.perSecond, note: rate.costs }
    },
  )
  const limit = Math.min(relay.perSecond, insert.perSecond)
  return [
    {
      id: 'F1',
      name: 'messages delivered, embedded store',
      value: own.perSecond,
      unit: '/s',
      limit,
      peers,
      target: '≥ 4 × best archiving peer, ≥ 1 × without archive',
      ok: judge(own.perSecond, peers),
      note: `${work.pairs} pairs, ${work.window} in flight each, ${work.seconds} s; ${own.costs}. ${PEERS_NOTE}`,
    },
    {
      id: 'F2',
      name: 'share of the limit',
      value: own.perSecond / limit,
      unit: '',
      limit: 1,
      peers: [],
      target: '≥ 0.6',
      ok: own.perSecond / limit >= 0.6,
      note: `Bare ws relay: ${amount(relay.perSecond)}/s (${relay.costs}). Bare insert of the same rows, ${insert.batch} messages a transaction: ${amount(insert.perSecond)}/s (${insert.costs}).`,
    },
  ] satisfies Figure[]
}

async function measureOwn(folder: string, work: Work): Promise<Rate> {
  const server = await startServer(folder)
  try {
    return await measureRate(await makePairs([server.url], work.pairs), work, server.cpu)
  } finally {
    await server.stop()
  }
}

/** Null as long as either of the two that it is compared with is absent, unless the other decides. */
function judge(perSecond: number, peers: readonly MeasuredPeer[]): boolean | null {
  const archiving = bestArchiving(peers, Math.max)
  const without = peers.find(({ archives }) => !archives)?.value ?? null
  const verdicts = [
    archiving === null ? null : perSecond >= 4 * archiving,
    without === null ? null : perSecond >= without,
  ]
  if (verdicts.includes(false)) return false
  return verdicts.includes(null) ? null : true
}

const amount = (perSecond: number): string => Math.round(perSecond).toLocaleString('en')
