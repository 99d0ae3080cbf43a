import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { systemClock } from '../clock.ts'
import { ConfigError, namesDatabase } from '../config.ts'
import { claimFolder, innermost } from '../server.ts'
import { move, type MoveProgress } from '../store/move.ts'
import { MoveError } from '../store/move-tables.ts'
import { whyUnfit } from '../store/postgres-fitness.ts'
import { sqlState } from '../store/postgres-lane.ts'
import { openPostgres } from '../store/postgres.ts'
import { configOrExit } from './serve.ts'

/** How long a step of the move may wait for PostgreSQL, ms. */
const PATIENCE = 600_000

/**
 * Copies the embedded installation into PostgreSQL. Ends with 0 once all of it is there, otherwise
 * with 1 and a sentence. SIGINT and SIGTERM end it in order; the same command goes on from there.
 */
export async function runMove(url: string): Promise<void> {
  const { dataDir } = configOrExit()
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interruption.abort())
  try {
    if (!namesDatabase(url))
      throw new ConfigError('--to must name a host and a database: postgres://user@host/name.')
    const file = join(dataDir, 'takeback.db')
    if (!existsSync(file))
      throw new ConfigError(`TAKEBACK_DATA_DIR ${dataDir} holds no installation of Takeback.`)
    const lock = claimFolder(dataDir)
    try {
      await copyInto(url, file, interruption.signal)
    } finally {
      lock.release()
    }
  } catch (error) {
    process.stderr.write(`${sentenceFor(error)}\n`)
    process.exitCode = 1
  }
}

async function copyInto(url: string, file: string, signal: AbortSignal): Promise<void> {
  const target = openPostgres({ url, connections: 2, patience: PATIENCE })
  try {
    const unfit = await whyUnfit(target)
    if (unfit !== null) throw new MoveError(`This database cannot be used: ${unfit}`)
    const now = systemClock()
    const outcome = await move({ file, target, now, signal, onProgress: createReport() })
    process.stdout.write(
      outcome === 'moved'
        ? 'Moved, and every row compared. The data folder is as it was.\nStart the service with TAKEBACK_DATABASE_URL, and never again on this folder.\n'
        : 'This installation is there already, row for row; nothing was changed.\n',
    )
  } finally {
    await target.close()
  }
}

/** A line for each table and step, and one a second meanwhile. */
function createReport(): (progress: MoveProgress) => void {
  let said = performance.now()
  return ({ step, table, done, of, equal }) => {
    const now = performance.now()
    const over = equal !== undefined || (step === 'copying' && done === of)
    if (!over && now - said < 1000) return
    said = now
    const proof = equal === undefined ? '' : `, equal, sha256 ${equal.sha256}`
    process.stdout.write(
      `${step} ${table}: ${done.toLocaleString('en')} of ${of.toLocaleString('en')}${proof}\n`,
    )
  }
}

function sentenceFor(error: unknown): string {
  if (error instanceof MoveError || error instanceof ConfigError) return error.message
  if (error instanceof Refusal && error.code === 'storage_unavailable')
    return `PostgreSQL could not be used: ${innermost(error)}. What was copied stays: the same command goes on from there.`
  if (sqlState(error) !== null) return `PostgreSQL refused: ${innermost(error)}.`
  if (error instanceof Error && 'errcode' in error)
    return `The database in the data folder cannot be read: ${error.message}.`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
