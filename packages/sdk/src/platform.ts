import type { ChannelLike } from './tabs.ts'
import type { SocketLike } from './transport.ts'

/** What the SDK takes from the browser or from Node where nothing else is given. */

export const platformSocket = (url: string): SocketLike => new WebSocket(url)

export const platformLocks = (): LockManager | undefined =>
  // `locks` is missing on pages without a secure context.
  typeof navigator === 'object' && 'locks' in navigator ? navigator.locks : undefined

export const platformChannel = (): ((name: string) => ChannelLike) | undefined =>
  typeof BroadcastChannel === 'function' ? (name) => new BroadcastChannel(name) : undefined

/** The page came online, or came back into view: a good moment to look at the line. */
export function platformWake(nudge: () => void): () => void {
  if (typeof window !== 'object' || typeof document !== 'object') return () => {}
  const seen = () => {
    if (document.visibilityState === 'visible') nudge()
  }
  window.addEventListener('online', nudge)
  document.addEventListener('visibilitychange', seen)
  return () => {
    window.removeEventListener('online', nudge)
    document.removeEventListener('visibilitychange', seen)
  }
}

/** Address of the socket for a base URL; `''` means the page's own origin. */
export function socketUrl(baseUrl: string): string {
  const base = baseUrl === '' ? location.origin : baseUrl
  return `${base.replace(/^http/, 'ws').replace(/\/$/, '')}/v1/socket`
}
