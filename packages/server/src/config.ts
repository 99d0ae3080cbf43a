import { resolve } from 'node:path'
import { loadEnvFile } from 'node:process'
import { fileURLToPath } from 'node:url'
import ipaddr from 'ipaddr.js'
import type { Budget } from '@takeback/protocol/endpoints/endpoint.ts'
import type { CoreSettings } from './core/core.ts'
import type { Limit, Limits } from './gateway/limits.ts'

/** Every setting, validated. Times in ms. */
export interface Config {
  host: string
  port: number
  dataDir: string
  /** PostgreSQL in place of the embedded database; null for that. */
  databaseUrl: string | null
  databaseConnections: number
  /** NATS between nodes; null for a node that is alone, or whose lost hints are polled for. */
  natsUrl: string | null
  /** Of the admin listener, on 127.0.0.1; 0 for any free one, null for no such listener. */
  adminPort: number | null
  webDir: string
  origins: string[]
  trustedProxies: string[]
  logLevel: string
  heartbeat: number
  pollEvery: number
  drain: number
  trimEvery: number
  erasureDelay: number
  core: CoreSettings
  limits: Limits
}

type Environment = Record<string, string | undefined>

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Every setting: environment variable, what it means, default. `--help` and the docs print this table. */
export const settings = {
  TAKEBACK_HOST: ['Address to listen on; 0.0.0.0 for every one of this machine.', 'localhost'],
  TAKEBACK_PORT: ['Port to listen on; 0 for any free one.', '8080'],
  TAKEBACK_DATA_DIR: ['Folder of the embedded database.', './data'],
  TAKEBACK_DATABASE_URL: [
    'PostgreSQL for several nodes, such as postgres://user@host/name; empty for the embedded database.',
    '',
  ],
  TAKEBACK_DATABASE_CONNECTIONS: ['Most connections of this node to PostgreSQL.', '10'],
  TAKEBACK_NATS_URL: ['NATS that carries hints between nodes, such as nats://host.', ''],
  TAKEBACK_ADMIN_PORT: [
    'Port on 127.0.0.1 by which `takeback incident` reaches it; 0 for any free one, off for none.',
    '0',
  ],
  TAKEBACK_ORIGINS: ['Web origins besides its own that may use the service, by comma.', ''],
  TAKEBACK_TRUSTED_PROXIES: ['Addresses or ranges whose X-Forwarded-* counts, by comma.', ''],
  TAKEBACK_LOG_LEVEL: ['fatal, error, warn, info, debug or silent.', 'info'],
  TAKEBACK_HEARTBEAT_SECONDS: ['How often each socket hears a heartbeat.', '25'],
  TAKEBACK_POLL_SECONDS: ['How often lost hints are looked for.', '4'],
  TAKEBACK_DRAIN_SECONDS: [
    'How long a stopping node serves on after /readyz says no; for load balancers.',
    '0',
  ],
  TAKEBACK_LOG_RETENTION_DAYS: ['How long events stay in the log of each person.', '90'],
  TAKEBACK_ERASURE_SECONDS: [
    'How long the bytes of what was unsent may stay in the files; 30 at most.',
    '10',
  ],
  TAKEBACK_EDIT_WINDOW_MINUTES: ['How long a message may be edited.', '15'],
  TAKEBACK_EDIT_TIMES: ['How often a message may be edited.', '5'],
  TAKEBACK_UNSEND_WINDOW_HOURS: ['How long a message may be unsent; empty for ever.', ''],
  TAKEBACK_LIMIT_READ: ['Reads of an account: burst/per second, or off.', '600/60'],
  TAKEBACK_LIMIT_WRITE: ['Changes by an account.', '300/20'],
  TAKEBACK_LIMIT_SEND: ['Messages of an account.', '500/50'],
  TAKEBACK_LIMIT_LOOKUP: ['Searches and profiles looked up by an account.', '120/2'],
  TAKEBACK_LIMIT_SIGN_IN: ['Sign-ins to one name from one address.', '20/0.05'],
  TAKEBACK_LIMIT_SIGN_UP: ['Sign-ups and sign-ins from one address.', '300/1'],
} as const satisfies Record<string, readonly [meaning: string, byDefault: string]>

type SettingName = keyof typeof settings

/** A setting that cannot be used; the message says which and why. */
export class ConfigError extends Error {}

/** Reads `.env` of the working folder into the environment; what is set already wins. */
export function loadDotEnv(): void {
  try {
    loadEnvFile()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Whether a URL says itself which database it means: what is left out would be somebody's default. */
export const namesDatabase = (url: string): boolean =>
  /^postgres(ql)?:\/\/([^/?]*@)?[^/?@]+\/[^/?]+/.test(url) && areReadable(url)

/**
 * Whether every URL of a list can be taken apart: a password that holds `/`, `#`, `%` or `@` as it
 * is, and a port that is none, would be found out only when connecting, again and again.
 */
function areReadable(urls: string): boolean {
  const match = /^(\w+:\/\/(?:[^@/]*@)?)([^/?]*)(.*)$/s.exec(urls)
  const [, before = '', hosts = '', after = ''] = match ?? []
  try {
    return hosts.split(',').every((host) => {
      const { hostname, username, password, pathname } = new URL(`${before}${host}${after}`)
      for (const part of [username, password, pathname]) decodeURIComponent(part)
      return hostname !== ''
    })
  } catch {
    return false
  }
}

/** @throws ConfigError */
export function readConfig(environment: Environment): Config {
  const text = (name: SettingName): string => (environment[name] ?? settings[name][1]).trim()

  function number(name: SettingName, lowest: number, highest: number): number {
    const value = Number(text(name))
    if (text(name) === '' || !Number.isFinite(value) || value < lowest || value > highest)
      throw new ConfigError(`${name} must be a number from ${lowest} to ${highest}.`)
    return value
  }

  function limit(budget: Budget): Limit | null {
    const name = `TAKEBACK_LIMIT_${budget.toUpperCase()}` as SettingName
    if (text(name) === 'off') return null
    const match = /^(\d+)\/(\d+(?:\.\d+)?)$/.exec(text(name))
    const [burst, perSecond] = [Number(match?.[1]), Number(match?.[2])]
    if (!(burst > 0 && perSecond > 0))
      throw new ConfigError(`${name} must be BURST/PER_SECOND, such as 300/20, or off.`)
    return { burst, perSecond }
  }

  const list = (name: SettingName): string[] =>
    text(name)
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')

  function addresses(name: SettingName): string[] {
    const given = list(name)
    const wrong = given.find((text) => !ipaddr.isValid(text) && !ipaddr.isValidCIDR(text))
    if (wrong !== undefined)
      throw new ConfigError(`${name} holds ${wrong}, which is no IP address or range.`)
    return given
  }

  function url(name: SettingName, ...schemes: string[]): string | null {
    if (text(name) === '') return null
    const scheme = schemes.find((one) => text(name).startsWith(`${one}://`))
    // What it holds may be a password, and is not repeated.
    if (scheme === undefined) throw new ConfigError(`${name} must begin with ${schemes[0]}://.`)
    return text(name)
  }

  const databaseUrl = url('TAKEBACK_DATABASE_URL', 'postgres', 'postgresql')
  if (databaseUrl !== null && !namesDatabase(databaseUrl))
    throw new ConfigError(
      'TAKEBACK_DATABASE_URL must name a host and a database, with names and passwords percent-encoded.',
    )
  const natsUrl = url('TAKEBACK_NATS_URL', 'nats', 'tls')
  if (natsUrl !== null && !natsUrl.split(',').every((one) => areReadable(one.trim())))
    throw new ConfigError(
      'TAKEBACK_NATS_URL must name a host, with names and passwords percent-encoded.',
    )
  if (natsUrl !== null && databaseUrl === null)
    throw new ConfigError('TAKEBACK_NATS_URL is for several nodes: set TAKEBACK_DATABASE_URL too.')

  return {
    host: text('TAKEBACK_HOST'),
    port: number('TAKEBACK_PORT', 0, 65_535),
    dataDir: resolve(text('TAKEBACK_DATA_DIR')),
    databaseUrl,
    databaseConnections: number('TAKEBACK_DATABASE_CONNECTIONS', 2, 1000),
    natsUrl,
    adminPort:
      text('TAKEBACK_ADMIN_PORT') === 'off' ? null : number('TAKEBACK_ADMIN_PORT', 0, 65_535),
    webDir: fileURLToPath(new URL('../../web/dist', import.meta.url)),
    origins: list('TAKEBACK_ORIGINS'),
    trustedProxies: addresses('TAKEBACK_TRUSTED_PROXIES'),
    logLevel: text('TAKEBACK_LOG_LEVEL'),
    heartbeat: number('TAKEBACK_HEARTBEAT_SECONDS', 0.1, 300) * 1000,
    pollEvery: number('TAKEBACK_POLL_SECONDS', 0.1, 300) * 1000,
    drain: number('TAKEBACK_DRAIN_SECONDS', 0, 3600) * 1000,
    trimEvery: 60 * MINUTE,
    // Half a minute is left for a store that is busy or full just then (U3).
    erasureDelay: number('TAKEBACK_ERASURE_SECONDS', 0, 30) * 1000,
    core: {
      retention: number('TAKEBACK_LOG_RETENTION_DAYS', 1, 3650) * DAY,
      edit: {
        window: number('TAKEBACK_EDIT_WINDOW_MINUTES', 0, 525_600) * MINUTE,
        times: number('TAKEBACK_EDIT_TIMES', 0, 1000),
      },
      unsendWindow:
        text('TAKEBACK_UNSEND_WINDOW_HOURS') === ''
          ? null
          : number('TAKEBACK_UNSEND_WINDOW_HOURS', 0, 87_600) * 60 * MINUTE,
    },
    limits: {
      read: limit('read'),
      write: limit('write'),
      send: limit('send'),
      lookup: limit('lookup'),
      sign_in: limit('sign_in'),
      sign_up: limit('sign_up'),
    },
  }
}
