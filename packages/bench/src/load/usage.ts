import { readFileSync } from 'node:fs'

/** What has been used and done up to a moment; differences of two are what counts. */
export interface Usage {
  /** ms */
  at: number
  delivered: number
  /** Processor time, ms: of what is measured, of the load processes, of all programs, and what there was. */
  server: number
  load: number
  machine: number
  available: number
}

export const difference = (before: Usage, after: Usage): Usage => ({
  at: after.at - before.at,
  delivered: after.delivered - before.delivered,
  server: after.server - before.server,
  load: after.load - before.load,
  machine: after.machine - before.machine,
  available: after.available - before.available,
})

/** Share of the machine past which other programs make a figure doubtful. */
const DISTURBING = 0.05

/** To be put behind a figure: nothing if it had the machine for itself. */
export function disturbance({ machine, server, load, available }: Usage): string {
  const others = (machine - server - load) / available
  return others > DISTURBING
    ? `; disturbed: other programs used ${Math.round(others * 100)} % of the machine`
    : ''
}

/** Of all processors together since the machine started, by Linux's accounting (proc_stat(5)); NaN without it. */
export function machineTime(): Pick<Usage, 'machine' | 'available'> {
  try {
    const line = readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
    const times = line.split(/\s+/).slice(1, 9).map(Number)
    const [, , , idle = 0, waiting = 0] = times
    const all = times.reduce((sum, time) => sum + time, 0)
    return { machine: (all - idle - waiting) * 10, available: all * 10 }
  } catch {
    return { machine: Number.NaN, available: Number.NaN }
  }
}
