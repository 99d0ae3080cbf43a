/** The thread that moves the write-ahead log of an embedded store into its database. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { isSyncFailure } from './sqlite-errors.ts'
import { endUnsynced } from './unsynced.ts'

const port = parentPort
if (port === null) throw new Error('This module runs in a worker thread.')
const { file } = workerData as { file: string }

let db: DatabaseSync | null = null

/** Opened when first used: the writer makes the file. */
function open(): DatabaseSync {
  const opened = new DatabaseSync(file, { timeout: 5000 })
  opened.exec('pragma synchronous = full; pragma wal_autocheckpoint = 0;')
  return opened
}

port.on('message', () => {
  try {
    db ??= open()
    db.exec('pragma wal_checkpoint(passive)')
  } catch (error) {
    if (isSyncFailure(error)) endUnsynced(error as Error)
    // Of any other failure the writer hears by its own next write.
  }
  port.postMessage('done')
})
port.postMessage('ready')
