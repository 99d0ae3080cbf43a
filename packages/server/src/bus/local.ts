import type { AccountId } from '@takeback/protocol/ids.ts'
import type { Bus, Hint } from './bus.ts'

/** The bus of a node that is alone: whoever publishes is heard at once, and only here. */
export function createLocalBus(): Bus {
  let listener: (hint: Hint) => void = () => {}
  const sockets = new Map<AccountId, number>()
  return {
    publish: (hint) => listener(hint),
    onHint: (next) => {
      listener = next
    },
    attach(account) {
      sockets.set(account, (sockets.get(account) ?? 0) + 1)
    },
    detach(account) {
      const left = (sockets.get(account) ?? 0) - 1
      if (left > 0) sockets.set(account, left)
      else sockets.delete(account)
    },
    isConnected: (account) => sockets.has(account),
    async close() {},
  }
}
