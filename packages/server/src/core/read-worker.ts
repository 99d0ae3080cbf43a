/** A thread that only reads the database file: the same core behind a message port. */
import { parentPort, workerData } from 'node:worker_threads'
import { createLocalBus } from '../bus/local.ts'
import { systemClock } from '../clock.ts'
import { createIds } from '../ids.ts'
import { openSqliteReader } from '../store/sqlite-reader.ts'
import { answerOver } from './answer.ts'
import { createCore } from './core.ts'
import { inText } from './text.ts'
import type { WorkerSettings } from './worker.ts'

const port = parentPort
if (port === null) throw new Error('This module runs in a worker thread.')
const settings = workerData as WorkerSettings

const core = await createCore({
  store: openSqliteReader(settings.file),
  bus: createLocalBus(),
  clock: systemClock,
  ids: createIds(systemClock),
  settings: settings.core,
})
answerOver(port, inText(core))
