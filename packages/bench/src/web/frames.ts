/** What Chromium's trace says of a page's frames. */

/** An event of the trace format, as far as it is used here; times in µs. */
export interface TraceEvent {
  name: string
  cat: string
  ph: string
  pid: number
  tid: number
  ts: number
  /** Of complete events: time by the wall, and processor time of the thread. */
  dur?: number
  tdur?: number
  args?: { frame_reporter?: { state?: string; has_missing_content?: boolean } }
}

export interface Frame {
  /** When it was done, µs. */
  at: number
  /** How long the page's own thread was at work for it, ms of its processor time. */
  thread: number
  /** The same by the wall: longer where the machine had something else to do. */
  wall: number
}

export interface Frames {
  /** In order. */
  frames: Frame[]
  /** Frames due on the screen that were not shown. */
  dropped: number
  /** Frames shown before all of what was in sight had been drawn. */
  unfinished: number
}

/** Marks that the page sets at the start and the end of what is measured. */
export const MARKS = { start: 'bench:start', end: 'bench:end' } as const

/**
 * A frame is all that the page's main thread did since the frame before was drawn until it was drawn
 * itself, so that many small tasks weigh as much as a long one. Asks for a page that draws all the
 * time: a rest would be counted to the frame after it.
 */
export function framesOf(events: readonly TraceEvent[]): Frames {
  const mark = (name: string) => {
    const found = events.find((event) => event.name === name && event.cat.includes('user_timing'))
    if (found === undefined) throw new Error(`The trace does not hold ${name}.`)
    return found
  }
  const start = mark(MARKS.start)
  const end = mark(MARKS.end)
  const within = ({ pid, ts }: TraceEvent) => pid === start.pid && ts >= start.ts && ts <= end.ts
  const own = events.filter((event) => within(event)).sort((a, b) => a.ts - b.ts)
  const drawn = own.filter(({ name, ph }) => name === 'AnimationFrame' && ph === 'e')
  const tasks = own.filter(({ name, tid }) => name === 'RunTask' && tid === start.tid)

  const frames: Frame[] = []
  let thread = 0
  let wall = 0
  let next = 0
  for (const task of tasks) {
    thread += task.tdur ?? task.dur ?? 0
    wall += task.dur ?? 0
    const done = task.ts + (task.dur ?? 0)
    let draws = false
    while ((drawn[next]?.ts ?? Infinity) <= done) {
      draws = true
      next++
    }
    if (!draws) continue
    frames.push({ at: done, thread: thread / 1000, wall: wall / 1000 })
    thread = 0
    wall = 0
  }
  const reports = own
    .filter(({ name, ph }) => name === 'PipelineReporter' && ph === 'b')
    .map(({ args }) => args?.frame_reporter)
  return {
    frames,
    dropped: reports.filter((report) => report?.state === 'STATE_DROPPED').length,
    unfinished: reports.filter((report) => report?.has_missing_content === true).length,
  }
}
