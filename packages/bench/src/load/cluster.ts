import { startNats } from '../../../../scripts/nats.ts'
import { startDatabase, type Database } from './database.ts'

export interface Cluster {
  /** What a node needs to be one of it. */
  environment: Record<string, string>
  database: Database
  stop(): Promise<void>
}

/** A throw-away PostgreSQL that syncs to disk, and a NATS. */
export async function startCluster(): Promise<Cluster> {
  const database = await startDatabase()
  const nats = await startNats()
  return {
    environment: { TAKEBACK_DATABASE_URL: database.url, TAKEBACK_NATS_URL: nats.url },
    database,
    async stop() {
      await nats.stop()
      await database.stop()
    },
  }
}
