import type { ConnectionOptions } from '@nats-io/transport-node'

/** What nats.js needs for one connection; it takes names and passwords apart from the addresses. */
export function connectOptions(url: string): ConnectionOptions {
  const urls = url.split(',').map((one) => new URL(one.trim()))
  const [first] = urls
  const user = decodeURIComponent(first?.username ?? '')
  const pass = decodeURIComponent(first?.password ?? '')
  return {
    servers: urls.map(({ host }) => host),
    name: 'takeback',
    noEcho: true,
    // Lines are kept, and probed, by line.ts.
    reconnect: false,
    timeout: 5000,
    ...(urls.some(({ protocol }) => protocol === 'tls:') ? { tls: {} } : {}),
    // `nats://token@host` is a token, `nats://user:password@host` is both.
    ...(user === '' ? {} : pass === '' ? { token: user } : { user, pass }),
  }
}
