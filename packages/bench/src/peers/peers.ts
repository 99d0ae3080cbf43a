import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Peer, Run } from '../figure.ts'
import type { XmppAddress } from '../load/orders.ts'
import { ejabberd } from './ejabberd.ts'
import { registerPairs, type PeerServer, type RunningPeer } from './peer.ts'
import { prosody } from './prosody.ts'

export const ejabberdPostgres = ejabberd('postgres')

/** How they are set up, for the table. */
export const PEERS_NOTE =
  'Peers: as Debian packs them, with no TLS and no shaper; without stream management XMPP acknowledges no message to its sender.'

/** All that are compared with. */
export const peerServers: readonly PeerServer[] = [
  ejabberd('none'),
  ejabberdPostgres,
  ejabberd('mnesia'),
  ejabberd('sqlite'),
  prosody,
]

/** A peer's value in a figure, kept with what it is judged by. */
export interface MeasuredPeer extends Peer {
  archives: boolean
}

/**
 * Measures each of the peers that are installed; one that is not, or fails, is no number but a
 * reason. `BENCH_PEERS=off` leaves all out.
 * @param count pairs of accounts to register
 */
export async function measurePeers(
  { folder, say }: Pick<Run, 'folder' | 'say'>,
  servers: readonly PeerServer[],
  count: number,
  measure: (peer: RunningPeer, pairs: [XmppAddress, XmppAddress][]) => Promise<Outcome>,
): Promise<MeasuredPeer[]> {
  const measured: MeasuredPeer[] = []
  for (const [index, server] of servers.entries()) {
    const { name, archives } = server
    const result = await measureOne(server, join(folder, `peer-${index}`), count, measure)
    say(
      `${name}: ${result.value === null ? '' : `${Math.round(result.value * 10) / 10} `}(${result.note})`,
    )
    measured.push({ name, archives, ...result })
  }
  return measured
}

interface Outcome {
  value: number
  note: string
}

async function measureOne(
  server: PeerServer,
  folder: string,
  count: number,
  measure: (peer: RunningPeer, pairs: [XmppAddress, XmppAddress][]) => Promise<Outcome>,
): Promise<Pick<Peer, 'value'> & { note: string }> {
  if (process.env['BENCH_PEERS'] === 'off') return { value: null, note: 'BENCH_PEERS is off' }
  if (server.missing !== null) return { value: null, note: server.missing }
  try {
    await mkdir(folder)
    const peer = await server.start(folder)
    try {
      const { value, note } = await measure(peer, await registerPairs(peer.port, count))
      return { value, note: `${server.note}; ${note}` }
    } finally {
      await peer.stop()
    }
  } catch (error) {
    return { value: null, note: error instanceof Error ? error.message : String(error) }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The best of those that keep messages, and the one that does not; null where none was measured. */
export const bestArchiving = (
  peers: readonly MeasuredPeer[],
  better: (...values: number[]) => number,
): number | null => {
  const values = peers.flatMap(({ archives, value }) => (archives && value !== null ? value : []))
  return values.length === 0 ? null : better(...values)
}
