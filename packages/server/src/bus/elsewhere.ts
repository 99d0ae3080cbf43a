import type { AccountId } from '@takeback/protocol/ids.ts'
import type { Clock } from '../clock.ts'

/** How long what a node said holds without being said again, ms: three of its announcements. */
const HOLDS = 30_000

interface Said {
  connected?: AccountId[]
  gone?: AccountId[]
  first?: boolean
}

/**
 * Who is connected to other nodes, as far as they have said. It may be wrong both ways, and does no
 * harm: a yes too many leaves a line where an unsend could have left none, a no too many costs a
 * write when a page is read.
 */
export function createElsewhere(clock: Clock) {
  const nodes = new Map<string, { at: number; accounts: Set<AccountId> }>()
  return {
    note(node: string, { connected = [], gone = [], first }: Said): void {
      const known = nodes.get(node)
      const accounts = first === true || known === undefined ? new Set<AccountId>() : known.accounts
      for (const account of connected) accounts.add(account)
      for (const account of gone) accounts.delete(account)
      nodes.set(node, { at: clock(), accounts })
    },
    has(account: AccountId): boolean {
      for (const [node, { at, accounts }] of nodes) {
        if (clock() - at > HOLDS) nodes.delete(node)
        else if (accounts.has(account)) return true
      }
      return false
    },
  }
}
