import { mkdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { pino, type Logger } from 'pino'
import { removeAdminFile, writeAdminFile } from './admin-file.ts'
import type { SharedDraws } from './bus/bus.ts'
import { readBusKey } from './bus/key.ts'
import { createLocalBus } from './bus/local.ts'
import { createNatsBus } from './bus/nats.ts'
import { monotonicClock, systemClock } from './clock.ts'
import { ConfigError, type Config } from './config.ts'
import { createCore } from './core/core.ts'
import { inText } from './core/text.ts'
import type { Core } from './core/types.ts'
import { startWorkerCore } from './core/worker-core.ts'
import { createAdmin } from './gateway/admin.ts'
import { createConnections } from './gateway/connections.ts'
import { createHttp } from './gateway/http.ts'
import { createLimits } from './gateway/limits.ts'
import { attachSocket } from './gateway/socket.ts'
import { serveWebApp } from './gateway/web-app.ts'
import { createIds } from './ids.ts'
import { holdAlone, InUse } from './store/lock.ts'
import { migrate, postgresDialect } from './store/migrate.ts'
import { whyHalfMoved } from './store/move.ts'
import { whyUnfit } from './store/postgres-fitness.ts'
import { openPostgres } from './store/postgres.ts'
import type { Store } from './store/store.ts'

/** How long requests under way may take when the server stops, ms. */
const CLOSE_WITHIN = 2000
/** How often a node looks for devices that were signed out on another, ms: within a second (S1). */
const POLL_REVOKED_EVERY = 500

export interface RunningServer {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  url: string
  port: number
  close(): Promise<void>
}

export interface StartedCore {
  core: Core
  /** What other nodes draw from the same limits, where there are any. */
  draws?: SharedDraws
}

/**
 * The core that the settings ask for.
 * @param onExit the embedded core's thread ended
 * @throws ConfigError
 */
export const startCore = async (
  config: Config,
  log: Logger,
  onExit: (code: number) => void,
): Promise<StartedCore> =>
  config.databaseUrl === null
    ? { core: await startEmbeddedCore(config, onExit) }
    : startSharedCore(config, config.databaseUrl, log)

/**
 * The embedded core: one database file in the data folder, in a thread of its own.
 * @throws ConfigError — the folder cannot be used, or another process uses it
 */
export async function startEmbeddedCore(
  config: Config,
  onExit: (code: number) => void,
): Promise<Core> {
  const lock = claimFolder(config.dataDir)
  const core = await startWorkerCore(
    {
      file: join(config.dataDir, 'takeback.db'),
      core: config.core,
      trimEvery: config.trimEvery,
      erasureDelay: config.erasureDelay,
    },
    onExit,
  )
  return {
    ...core,
    async close() {
      await core.close()
      lock.release()
    },
  }
}

/**
 * The core of one node of several: in this thread, over PostgreSQL, with NATS between the nodes.
 * @throws ConfigError — the database cannot be reached or used
 */
export async function startSharedCore(
  config: Config,
  url: string,
  log: Logger,
): Promise<StartedCore> {
  await prepareDatabase(url, log)
  const ids = createIds(systemClock)
  const store = openPostgres({ url, connections: config.databaseConnections })
  const nats =
    config.natsUrl === null
      ? null
      : createNatsBus({
          url: config.natsUrl,
          key: await readBusKey(store, ids),
          clock: systemClock,
          onError: (error) => log.warn({ error: error.message }, 'bus'),
        })
  const bus = nats ?? createLocalBus()
  const local = await createCore({ store, bus, clock: systemClock, ids, settings: config.core })
  const core = inText(local)
  const trimming = setInterval(() => void local.trim().catch(() => {}), config.trimEvery)
  return {
    core: {
      ...core,
      async close() {
        clearInterval(trimming)
        await core.close()
      },
    },
    ...(nats === null ? {} : { draws: nats }),
  }
}

/** How long a database that is not there yet is waited for at the start, ms: it may be starting too. */
const REACHABLE_WITHIN = 30_000
/** How long a change of the schema may take, ms: large tables take their time. */
const MIGRATED_WITHIN = 3_600_000

/** @throws ConfigError */
async function prepareDatabase(url: string, log: Logger): Promise<void> {
  const store = openPostgres({ url, connections: 2, patience: MIGRATED_WITHIN })
  try {
    await reach(store, log)
    const unfit = await whyUnfit(store)
    if (unfit !== null) throw new ConfigError(`TAKEBACK_DATABASE_URL cannot be used: ${unfit}`)
    await migrate(store, postgresDialect, systemClock())
    const half = await whyHalfMoved(store)
    if (half !== null) throw new ConfigError(`TAKEBACK_DATABASE_URL cannot be used: ${half}`)
  } finally {
    await store.close()
  }
}

/** The database is not there: another start may find it. */
export class Unreachable extends Error {}

/** @throws Unreachable */
async function reach(store: Store, log: Logger): Promise<void> {
  const until = monotonicClock() + REACHABLE_WITHIN
  for (;;) {
    try {
      await store.transact((tx) => tx.all('select 1'))
      return
    } catch (error) {
      const why = innermost(error)
      if (monotonicClock() > until)
        throw new Unreachable(`The database at TAKEBACK_DATABASE_URL cannot be used: ${why}.`)
      log.warn({ error: why }, 'waiting for the database')
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  }
}

/** The innermost cause says what a connection failed by. */
export function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : innermost(error.cause)
}

/** Makes the data folder, for its owner's eyes only, and holds it for this process. */
export function claimFolder(folder: string): { release(): void } {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return holdAlone(join(folder, 'takeback.lock'))
  } catch (error) {
    const why = error instanceof InUse ? 'another Takeback runs on it' : (error as Error).message
    throw new ConfigError(`TAKEBACK_DATA_DIR ${folder} cannot be used: ${why}.`)
  }
}

export const createLogger = (config: Config): Logger =>
  pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime })

/** Puts a gateway before a core and listens. `draws`: what other nodes draw from the same limits. */
export async function serve(
  config: Config,
  core: Core,
  log: Logger,
  draws?: SharedDraws,
): Promise<RunningServer> {
  const limits = createLimits(config.limits, monotonicClock, { shared: draws })
  let draining = false
  const connections = createConnections(core)
  core.onHint(connections.onHint)

  const app = createHttp({
    core,
    limits,
    log,
    origins: config.origins,
    trustedProxies: config.trustedProxies,
    isDraining: () => draining,
  })
  await serveWebApp(app, config.webDir)
  const socket = attachSocket(app.server, {
    core,
    limits,
    connections,
    origins: config.origins,
    heartbeat: config.heartbeat,
    pollEvery: config.databaseUrl === null ? null : config.pollEvery,
    pollRevokedEvery: config.databaseUrl === null ? null : POLL_REVOKED_EVERY,
    onError(error, request_id) {
      // A refusal is no defect: the database is away, say, and readiness tells that too.
      if (error instanceof Refusal) log.warn({ code: error.code }, 'socket')
      else log.error({ request_id, error: error instanceof Error ? error.stack : error }, 'socket')
    },
  })
  await app.listen({ host: config.host, port: config.port }).catch((error: Error) => {
    throw new ConfigError(
      `TAKEBACK_HOST ${config.host} and TAKEBACK_PORT ${config.port} cannot be listened on: ${error.message}.`,
    )
  })
  const { port } = app.server.address() as AddressInfo
  const admin = await openAdmin(config, core, log)
  const shown = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host
  return {
    url: `http://${shown}:${port}`,
    port,
    async close() {
      draining = true
      await new Promise((resolve) => setTimeout(resolve, config.drain))
      await socket.close()
      // Requests under way are answered; a client that takes its time over one is not waited for.
      const late = setTimeout(() => app.server.closeAllConnections(), CLOSE_WITHIN)
      await app.close()
      clearTimeout(late)
      await admin?.close()
      await core.close()
    },
  }
}

/**
 * Lets the operator's commands in, from this machine only; null where none are wanted.
 * @throws ConfigError
 */
async function openAdmin(
  { adminPort, dataDir }: Config,
  core: Core,
  log: Logger,
): Promise<{ close(): Promise<void> } | null> {
  if (adminPort === null) return null
  const token = createIds(systemClock).secret()
  const app = createAdmin({ core, token, log })
  await app.listen({ host: '127.0.0.1', port: adminPort }).catch((error: Error) => {
    throw new ConfigError(
      `TAKEBACK_ADMIN_PORT ${adminPort} cannot be listened on: ${error.message}.`,
    )
  })
  const access = { port: (app.server.address() as AddressInfo).port, token }
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    writeAdminFile(dataDir, access)
  } catch (error) {
    // Of several nodes one may have no folder to write to; it serves people all the same.
    log.warn({ error: innermost(error) }, 'no admin.json, so no commands')
  }
  return {
    async close() {
      removeAdminFile(dataDir, access)
      app.server.closeAllConnections()
      await app.close()
    },
  }
}
