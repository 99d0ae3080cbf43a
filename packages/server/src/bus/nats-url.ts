import type { ConnectionOptions } from '@nats-io/transport-node'

/** What nats.js needs to connect for ever; it takes names and passwords apart from the addresses. */
export function connectOptions(url: string): ConnectionOptions {
  const urls = url.split(',').map((one) => new URL(one.trim()))
  const [first] = urls
  const user = decodeURIComponent(first?.username ?? '')
  const pass = decodeURIComponent(first?.password ?? '')
  return {
    servers: urls.map(({ host }) => host),
    name: 'takeback',
    noEcho: true,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    timeout: 5000,
    pingInterval: 5000,
    maxPingOut: 2,
    ...(urls.some(({ protocol }) => protocol === 'tls:') ? { tls: {} } : {}),
    // `nats://token@host` is a token, `nats://user:password@host` is both.
    ...(user === '' ? {} : pass === '' ? { token: user } : { user, pass }),
  }
}
