/**
 * Finds processes that test files started and left behind, by a mark in their environment.
 * Linux only (/proc); elsewhere it finds none.
 */
import { readdirSync, readFileSync } from 'node:fs'

export interface Leftover {
  pid: number
  parent: number
  command: string
}

const MARK = 'TAKEBACK_TEST_RUN'

/** From here on every process this one starts, and those they start, carry the mark. */
export function markChildren(): string {
  const mark = `${process.pid}.${Date.now()}`
  process.env[MARK] = mark
  return mark
}

/** The mark that this process carries, for one that it starts with an environment of its own. */
export function markOfRun(): Record<string, string> {
  const mark = process.env[MARK]
  return mark === undefined ? {} : { [MARK]: mark }
}

export function markedProcesses(mark: string): Leftover[] {
  return processIds().flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK}=${mark}`))
        return []
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (state === 'Z') return []
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      return [{ pid, parent: Number(parent), command }]
    } catch {
      return [] // Ended while we looked.
    }
  })
}

/** Those whose starter is gone: nothing will end them, and they may hold a test's output open. */
export function orphans(processes: readonly Leftover[]): Leftover[] {
  const known = new Set([process.pid, ...processes.map(({ pid }) => pid)])
  return processes.filter(({ parent }) => !known.has(parent))
}

export function kill({ pid }: Leftover): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Ended by itself.
  }
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}
