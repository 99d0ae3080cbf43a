import { type Config, ConfigError, loadDotEnv, readConfig } from '../config.ts'
import type { Core } from '../core/types.ts'
import { createLogger, serve, startCore, Unreachable, type RunningServer } from '../server.ts'

/** Exit code for settings that cannot be used (EX_CONFIG of sysexits.h). */
const EXIT_CONFIG = 78

/** Exit code for what may pass by itself (EX_TEMPFAIL): a supervisor should try again. */
const EXIT_TEMPORARY = 75

/** Ends with one sentence where a setting cannot be used or the database is not there; otherwise with everything known. */
function exitOnBadSetting(error: unknown): never {
  if (!(error instanceof ConfigError || error instanceof Unreachable)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(error instanceof ConfigError ? EXIT_CONFIG : EXIT_TEMPORARY)
}

export function configOrExit(): Config {
  try {
    loadDotEnv()
    return readConfig(process.env)
  } catch (error) {
    return exitOnBadSetting(error)
  }
}

/**
 * Starts the service and stops it in order on SIGINT or SIGTERM.
 * @param prepare what to do with the core before anybody can connect
 */
export async function runServe(
  config: Config = configOrExit(),
  prepare: (core: Core) => Promise<void> = async () => {},
): Promise<RunningServer> {
  // What people write is for the eyes of this user only, also in files that are yet to be made.
  process.umask(0o077)
  const log = createLogger(config)
  let stopping = false
  const onExit = (code: number) => {
    if (stopping) return
    log.fatal({ code }, 'The core ended.')
    // What it ended with is what this process ends with: a supervisor must see the failure (A4).
    process.exit(code === 0 ? 1 : code)
  }
  const { core, draws } = await startCore(config, log, onExit).catch(exitOnBadSetting)
  await prepare(core)
  const server = await serve(config, core, log, draws).catch(exitOnBadSetting)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      stopping = true
      void server.close().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
  // Said last: whoever reads it may stop the server at once, and in order.
  log.info({ url: server.url }, 'listening')
  process.stdout.write(`Takeback is ready at ${server.url}\n`)
  return server
}
