import type { ChannelLike } from './tabs.ts'
import type { SocketLike } from './transport.ts'

/** What the SDK takes from the browser or from Node where nothing else is given. */

export const platformSocket = (url: string): SocketLike => new WebSocket(url)

export const platformLocks = (): LockManager | undefined =>
  // `locks` is missing on pages without a secure context.
  typeof navigator === 'object' && 'locks' in navigator ? navigator.locks : undefined

export const platformChannel = (): ((name: string) => ChannelLike) | undefined =>
  typeof BroadcastChannel === 'function' ? (name) => new BroadcastChannel(name) : undefined

/** The page came online, or back into view: a good moment to look at the line. It went offline: there is none. */
export function platformNetwork(back: () => void, gone: () => void): () => void {
  if (typeof window !== 'object' || typeof document !== 'object') return () => {}
  const seen = () => {
    if (document.visibilityState === 'visible') back()
  }
  window.addEventListener('online', back)
  window.addEventListener('offline', gone)
  document.addEventListener('visibilitychange', seen)
  return () => {
    window.removeEventListener('online', back)
    window.removeEventListener('offline', gone)
    document.removeEventListener('visibilitychange', seen)
  }
}

/** Address of the socket for a base URL; `''` means the page's own origin. */
export function socketUrl(baseUrl: string): string {
  const base = baseUrl === '' ? location.origin : baseUrl
  return `${base.replace(/^http/, 'ws').replace(/\/$/, '')}/v1/socket`
}
