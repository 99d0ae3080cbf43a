/** The thread that writes the database file: a core behind a message port. */
import { parentPort, workerData } from 'node:worker_threads'
import { createLocalBus } from '../bus/local.ts'
import { systemClock } from '../clock.ts'
import { createIds } from '../ids.ts'
import { sqliteDialect, migrate } from '../store/migrate.ts'
import { startLogMover } from '../store/log-mover.ts'
import { openSqlite } from '../store/sqlite.ts'
import { endUnsynced } from '../store/unsynced.ts'
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

const port = parentPort
if (port === null) throw new Error('This module runs in a worker thread.')
const settings = workerData as WorkerSettings

const store = openSqlite({
  file: settings.file,
  onFatal: endUnsynced,
  mover: await startLogMover(settings.file),
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
