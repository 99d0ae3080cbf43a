import { type ChildProcess, spawn } from 'node:child_process'

/** Reads one word; if none comes, which is so however the bench ended, it ends the process ($1). */
const GUARD = 'read -r word; [ "$word" = ended ] || kill -KILL "$1"'

/** Ends a process that was started if this one ends before it, however that may be. */
export function guard(child: ChildProcess): void {
  exitOnSignals()
  const { pid } = child
  if (pid === undefined) return
  const guarding = spawn('sh', ['-c', GUARD, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A signal to the group of the bench is not for it.
    detached: true,
  })
  guarding.unref()
  // It may have been ended before what it guards.
  guarding.stdin.on('error', () => {})
  child.once('exit', () => guarding.stdin.end('ended\n'))
}

let exits = false

/** A signal would end this process without its exit handlers, and those end what others started. */
function exitOnSignals(): void {
  if (exits) return
  exits = true
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(130))
}
