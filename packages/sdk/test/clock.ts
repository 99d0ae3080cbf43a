import type { Clock } from '../src/clock.ts'

/** A clock that stands still until it is moved; what falls due on the way runs in order. */
export interface TestClock extends Clock {
  advance(ms: number): void
  /** Delays of what is waiting, ms, shortest first. */
  waiting(): number[]
}

export function createTestClock(start = Date.UTC(2026, 0, 15, 12)): TestClock {
  let now = start
  const timers = new Set<{ at: number; run: () => void }>()
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance(ms) {
      const end = now + ms
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        timers.delete(due)
        now = due.at
        due.run()
      }
      now = end
    },
    waiting: () => [...timers].map(({ at }) => at - now).sort((a, b) => a - b),
  }
}
