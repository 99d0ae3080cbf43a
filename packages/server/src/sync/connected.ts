import type { AccountId } from '@takeback/protocol/ids.ts'

/**
 * Who has a live socket here. A message to somebody connected counts as fetched in the very
 * transaction that sends it, so that live delivery needs no second one; to anybody else it counts
 * when a page with it is first handed out.
 */
export function createConnected() {
  const sockets = new Map<AccountId, number>()
  return {
    attach(account: AccountId): void {
      sockets.set(account, (sockets.get(account) ?? 0) + 1)
    },
    detach(account: AccountId): void {
      const left = (sockets.get(account) ?? 0) - 1
      if (left > 0) sockets.set(account, left)
      else sockets.delete(account)
    },
    has: (account: AccountId): boolean => sockets.has(account),
  }
}
