import { readFileSync } from 'node:fs'

/** Processor time that a process has used, ms; NaN where the system does not tell. From Linux's accounting, in hundredths of a second (proc_pid_stat(5), fields 14 and 15). */
export function processorTime(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return Number.NaN
  }
}
