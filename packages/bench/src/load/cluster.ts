import { readdirSync, readFileSync } from 'node:fs'
import { startNats } from '../../../scripts/nats.ts'
import { startPostgres } from '../../../scripts/postgres.ts'
import { processorTime } from './processor-time.ts'

export interface Cluster {
  /** What a node needs to be one of it. */
  environment: Record<string, string>
  /** Processor time of all of PostgreSQL's processes so far, ms. */
  databaseCpu(): number
  stop(): Promise<void>
}

/** A throw-away PostgreSQL that syncs to disk, and a NATS. */
export async function startCluster(): Promise<Cluster> {
  const database = await startPostgres()
  const nats = await startNats()
  return {
    environment: {
      TAKEBACK_DATABASE_URL: await database.createDatabase(),
      TAKEBACK_NATS_URL: nats.url,
    },
    databaseCpu: () =>
      backendsOf(database.dataDir).reduce((sum, pid) => sum + processorTime(pid), 0),
    async stop() {
      await nats.stop()
      await database.stop()
    },
  }
}

/** The postmaster, whose number stands first in its file, and all that it started. */
function backendsOf(dataDir: string): number[] {
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
