import { mkdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pino, type Logger } from 'pino'
import { monotonicClock } from './clock.ts'
import { ConfigError, type Config } from './config.ts'
import type { Core } from './core/types.ts'
import { startWorkerCore } from './core/worker-core.ts'
import { createConnections } from './gateway/connections.ts'
import { createHttp } from './gateway/http.ts'
import { createLimits } from './gateway/limits.ts'
import { attachSocket } from './gateway/socket.ts'
import { serveWebApp } from './gateway/web-app.ts'
import { holdAlone, InUse } from './store/lock.ts'

/** How long requests under way may take when the server stops, ms. */
const CLOSE_WITHIN = 2000

export interface RunningServer {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  url: string
  port: number
  close(): Promise<void>
}

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

/** Makes the data folder, for its owner's eyes only, and holds it for this process. */
function claimFolder(folder: string): { release(): void } {
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

/** Puts a gateway before a core and listens. */
export async function serve(config: Config, core: Core, log: Logger): Promise<RunningServer> {
  const limits = createLimits(config.limits, monotonicClock)
  const connections = createConnections(core)
  core.onHint(connections.onHint)

  const app = createHttp({
    core,
    limits,
    log,
    origins: config.origins,
    trustedProxies: config.trustedProxies,
  })
  await serveWebApp(app, config.webDir)
  const socket = attachSocket(app.server, {
    core,
    limits,
    connections,
    origins: config.origins,
    heartbeat: config.heartbeat,
    pollEvery: config.pollEvery,
    onError: (error, request_id) =>
      log.error({ request_id, error: error instanceof Error ? error.stack : error }, 'socket'),
  })
  await app.listen({ host: config.host, port: config.port }).catch((error: Error) => {
    throw new ConfigError(
      `TAKEBACK_HOST ${config.host} and TAKEBACK_PORT ${config.port} cannot be listened on: ${error.message}.`,
    )
  })
  const { port } = app.server.address() as AddressInfo
  const shown = config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host
  return {
    url: `http://${shown}:${port}`,
    port,
    async close() {
      await socket.close()
      // Requests under way are answered; a client that takes its time over one is not waited for.
      const late = setTimeout(() => app.server.closeAllConnections(), CLOSE_WITHIN)
      await app.close()
      clearTimeout(late)
      await core.close()
    },
  }
}
