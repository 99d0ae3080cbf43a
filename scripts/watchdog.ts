import { kill, type Leftover, markChildren, markedProcesses, orphans } from './leftovers.ts'

/** How long a process may outlive the one that started it: a test may kill a parent on purpose. */
const ORPHAN_MS = 10_000
/** A test's own timeout cannot fire while its file spins without yielding. */
const FILE_MS = 20 * 60_000

/**
 * Keeps a run from hanging: node:test waits for a file's output to close, which a forgotten child
 * holds open, and for the file to end, which a busy loop never does.
 */
export function watchTestProcesses(): { stop(): Leftover[] } {
  const mark = markChildren()
  const firstSeen = new Map<string, number>()
  const ended: Leftover[] = []

  const endAfter = (limit: number, role: string, processes: readonly Leftover[]) => {
    for (const found of processes) {
      const key = `${role} ${found.pid}`
      const since = firstSeen.get(key) ?? Date.now()
      firstSeen.set(key, since)
      if (Date.now() - since < limit) continue
      kill(found)
      firstSeen.delete(key)
      ended.push(found)
    }
  }
  const look = () => {
    const processes = markedProcesses(mark)
    endAfter(ORPHAN_MS, 'orphan', orphans(processes))
    endAfter(
      FILE_MS,
      'file',
      processes.filter(({ parent }) => parent === process.pid),
    )
  }
  const timer = setInterval(look, 1000)
  return {
    /** Ends whatever is left and tells all that had to be ended. */
    stop() {
      clearInterval(timer)
      const left = markedProcesses(mark)
      for (const found of left) kill(found)
      return [...ended, ...left]
    },
  }
}
