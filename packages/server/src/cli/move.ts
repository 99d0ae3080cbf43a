import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { systemClock } from '../clock.ts'
import { ConfigError } from '../config.ts'
import { claimFolder, innermost } from '../server.ts'
import { move, MoveError, type MoveProgress } from '../store/move.ts'
import { whyUnfit } from '../store/postgres-fitness.ts'
import { openPostgres } from '../store/postgres.ts'
import { configOrExit } from './serve.ts'

/** Copies the embedded installation into PostgreSQL. Ends with 1 and a sentence where it cannot. */
export async function runMove(url: string): Promise<void> {
  const { dataDir } = configOrExit()
  try {
    if (!/^postgres(ql)?:\/\//.test(url)) throw new MoveError('--to must begin with postgres://.')
    const file = join(dataDir, 'takeback.db')
    if (!existsSync(file)) throw new MoveError(`There is no installation in ${dataDir}.`)
    const lock = claimFolder(dataDir)
    try {
      await run(file, url)
    } finally {
      lock.release()
    }
  } catch (error) {
    process.stderr.write(`${sentenceFor(error)}\n`)
    process.exitCode = 1
  }
}

/** How long a step of the move may wait for PostgreSQL, ms. */
const PATIENCE = 600_000

async function run(file: string, url: string): Promise<void> {
  const target = openPostgres({ url, connections: 2, patience: PATIENCE })
  try {
    const unfit = await whyUnfit(target)
    if (unfit !== null) throw new MoveError(`This database cannot be used: ${unfit}`)
    const moved = await move({ file, target, now: systemClock(), onProgress: createReport() })
    process.stdout.write(
      moved
        ? 'Moved, and every row compared. Start nodes with TAKEBACK_DATABASE_URL; the old folder was left as it is.\n'
        : 'This installation is there already; nothing was changed.\n',
    )
  } finally {
    await target.close()
  }
}

/** A line for each table and step, and one a second meanwhile. */
function createReport(): (progress: MoveProgress) => void {
  let said = 0
  return ({ step, table, done, of }) => {
    const now = performance.now()
    if (done < of && now - said < 1000) return
    said = now
    process.stdout.write(
      `${step} ${table}: ${done.toLocaleString('en')} of ${of.toLocaleString('en')}\n`,
    )
  }
}

function sentenceFor(error: unknown): string {
  if (error instanceof MoveError || error instanceof ConfigError) return error.message
  if (error instanceof Refusal && error.code === 'storage_unavailable')
    return `PostgreSQL could not be used: ${innermost(error)}. What was copied stays: run the same command again to go on.`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
