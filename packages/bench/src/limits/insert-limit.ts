import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { guard } from '../load/guard.ts'
import type { Rate, Work } from '../load/rate.ts'

const insert = fileURLToPath(new URL('./insert.ts', import.meta.url))

/** Most messages of a transaction, as in the service. */
const MAX_BATCH = 1024

export interface InsertRate extends Rate {
  /** Messages of a transaction. */
  batch: number
}

/** What node:sqlite stores of the same rows, as many in a transaction as a ping-pong leaves waiting. */
export async function measureInsert(file: string, work: Work): Promise<InsertRate> {
  const batch = Math.min(MAX_BATCH, Math.ceil((work.pairs * work.window) / 2))
  const numbers = [work.pairs, batch, work.seconds].map(String)
  const running = promisify(execFile)(process.execPath, [insert, file, ...numbers])
  guard(running.child)
  const { stdout } = await running
  return { ...(JSON.parse(stdout) as Rate), batch }
}
