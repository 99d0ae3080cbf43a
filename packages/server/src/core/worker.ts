/** The thread that writes the database file: a core behind a message port. */
import { writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { createLocalBus } from '../bus/local.ts'
import { systemClock } from '../clock.ts'
import { createIds } from '../ids.ts'
import { sqliteDialect, migrate } from '../store/migrate.ts'
import { openSqlite } from '../store/sqlite.ts'
import { answerOver } from './answer.ts'
import { createCore, type CoreSettings } from './core.ts'
import { inText } from './text.ts'

export interface WorkerSettings {
  file: string
  core: CoreSettings
  /** How often the log is trimmed, ms. */
  trimEvery: number
  /** How soon erased bytes leave the files, ms. */
  erasureDelay: number
}

const STDERR = 2

const port = parentPort
if (port === null) throw new Error('This module runs in a worker thread.')
const settings = workerData as WorkerSettings

const store = openSqlite({
  file: settings.file,
  onFatal(error) {
    // Not logged through the port: nothing may run between a failed sync and the end (A4).
    // A thread's own stderr is a message to the main thread, and would come too late.
    writeSync(STDERR, `The database could not be synced to disk: ${error.message}\n`)
    // Not an exit: that would close the database, and closing syncs again what failed (A4).
    process.kill(process.pid, 'SIGKILL')
  },
  erasureDelay: settings.erasureDelay,
})
await migrate(store, sqliteDialect, systemClock())
const local = await createCore({
  store,
  bus: createLocalBus(),
  clock: systemClock,
  ids: createIds(systemClock),
  settings: settings.core,
})

const trimming = setInterval(() => void local.trim().catch(() => {}), settings.trimEvery)
trimming.unref()

answerOver(port, inText(local))
