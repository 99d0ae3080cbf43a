import type { XmppAddress } from '../load/orders.ts'
import { register } from '../load/xmpp-session.ts'

/** Another messenger that can do the same work, from a package of the system. */
export interface PeerServer {
  name: string
  /** How it is configured, for the table. */
  note: string
  /** Whether it keeps messages, so that a device that was away can have them. */
  archives: boolean
  /** Why it cannot be started, naming the package; null if it can. */
  missing: string | null
  /** @param folder an empty folder of its own */
  start(folder: string): Promise<RunningPeer>
}

export interface RunningPeer {
  /** For clients, on 127.0.0.1, without TLS. */
  port: number
  /** Processor time used so far, ms; of its database too. */
  cpu(): number
  stop(): Promise<void>
}

/** Accounts that are registered at once. */
const AT_ONCE = 8

/** Registers the accounts of pairs who write to each other. */
export async function registerPairs(
  port: number,
  count: number,
): Promise<[XmppAddress, XmppAddress][]> {
  const address = (user: string, to: string): XmppAddress => ({
    protocol: 'xmpp',
    port,
    user,
    password: 'correct-horse',
    to,
  })
  const pairs = Array.from({ length: count }, (_, index): [XmppAddress, XmppAddress] => [
    address(`a${index}`, `b${index}`),
    address(`b${index}`, `a${index}`),
  ])
  const waiting = pairs.flat().values()
  const registerNext = async () => {
    for (const one of waiting) await register(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, registerNext))
  return pairs
}
