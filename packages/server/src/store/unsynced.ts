import { writeSync } from 'node:fs'

const STDERR = 2

/** Ends this process, from whatever thread: a sync failed, and what the kernel still holds is unknown (A4). */
export function endUnsynced(error: Error): void {
  // Not logged through a port: nothing may run between a failed sync and the end.
  // A thread's own stderr is a message to the main thread, and would come too late.
  writeSync(STDERR, `The database could not be synced to disk: ${error.message}\n`)
  // Not an exit: that would close the database, and closing syncs again what failed.
  process.kill(process.pid, 'SIGKILL')
}
