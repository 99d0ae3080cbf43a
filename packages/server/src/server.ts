import { mkdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pino, type Logger } from 'pino'
import { monotonicClock } from './clock.ts'
import type { Config } from './config.ts'
import type { Core } from './core/types.ts'
import { startWorkerCore } from './core/worker-core.ts'
import { createConnections } from './gateway/connections.ts'
import { createHttp } from './gateway/http.ts'
import { createLimits } from './gateway/limits.ts'
import { attachSocket } from './gateway/socket.ts'
import { serveWebApp } from './gateway/web-app.ts'

/** How long requests under way may take when the server stops, ms. */
const CLOSE_WITHIN = 2000

export interface RunningServer {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  url: string
  port: number
  close(): Promise<void>
}

/** The embedded core: one database file in the data folder, in a thread of its own. */
export function startEmbeddedCore(config: Config, onExit: (code: number) => void): Promise<Core> {
  mkdirSync(config.dataDir, { recursive: true })
  return startWorkerCore(
    {
      file: join(config.dataDir, 'takeback.db'),
      core: config.core,
      trimEvery: config.trimEvery,
      erasureDelay: config.erasureDelay,
    },
    onExit,
  )
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
  await app.listen({ host: config.host, port: config.port })
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
