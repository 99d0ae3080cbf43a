/** How exactly an action is done on time, ms. */
const TICK = 5

/**
 * Calls actions some time after they were asked for. One timer serves all, and it runs only while
 * something waits: a timer each would cost a load process more than what it does.
 */
export function createLater(): (delay: number, action: () => void) => void {
  /** What is due in which tick; ticks are counted on the clock of `performance`. */
  const waiting = new Map<number, (() => void)[]>()
  let next = 0
  let timer: NodeJS.Timeout | null = null
  const now = () => Math.floor(performance.now() / TICK)

  function tick(): void {
    for (const end = now(); next <= end; ) {
      const due = waiting.get(next) ?? []
      waiting.delete(next++)
      for (const action of due) action()
    }
    if (waiting.size > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }

  return (delay, action) => {
    if (timer === null) {
      next = now()
      timer = setInterval(tick, TICK)
    }
    const at = Math.max(next, Math.ceil((performance.now() + delay) / TICK))
    const due = waiting.get(at)
    if (due === undefined) waiting.set(at, [action])
    else due.push(action)
  }
}
