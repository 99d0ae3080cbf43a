import { Worker } from 'node:worker_threads'

/**
 * Moves the write-ahead log into the database beside the writer: that takes long where the pages lie
 * far apart, and no send should wait behind it.
 */
export interface LogMover {
  /** Resolves once what could be moved is; what could not stays in the log. Never rejects. */
  move(): Promise<void>
  close(): Promise<void>
}

/** A mover in a thread of its own; a sync that fails there ends the process (A4). */
export async function startLogMover(file: string): Promise<LogMover> {
  const worker = new Worker(new URL('./log-mover-worker.ts', import.meta.url), {
    workerData: { file },
  })
  const heard = () => new Promise<void>((resolve) => worker.once('message', () => resolve()))
  await heard()
  let moving: Promise<void> | null = null
  return {
    move() {
      if (moving !== null) return moving
      moving = heard().then(() => {
        moving = null
      })
      worker.postMessage('move')
      return moving
    },
    async close() {
      await moving
      await worker.terminate()
    },
  }
}
