import { readdirSync, readFileSync } from 'node:fs'
import { startPostgres } from '../../../../scripts/postgres.ts'
import { processorTime } from './processor-time.ts'

export interface Database {
  /** Of a fresh, empty database. */
  url: string
  /** Processor time of all of PostgreSQL's processes so far, ms. */
  cpu(): number
  stop(): Promise<void>
}

/** A throw-away PostgreSQL that syncs to disk. @throws Error with the package to install, without it */
export async function startDatabase(): Promise<Database> {
  const server = await startPostgres()
  return {
    url: await server.createDatabase(),
    cpu: () => processesOf(server.dataDir).reduce((sum, pid) => sum + processorTime(pid), 0),
    stop: server.stop,
  }
}

/** The postmaster, whose number stands first in its file, and all that it started. */
function processesOf(dataDir: string): number[] {
  const [first] = readFileSync(`${dataDir}/postmaster.pid`, 'utf8').split('\n')
  const children = readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && parentOf(name) === first
    } catch {
      return false
    }
  })
  return [Number(first), ...children.map(Number)]
}

const parentOf = (pid: string): string | undefined => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
}
