/** What is due, ms on the clock of `performance`, and what is then done. */
interface Due {
  at: number
  action: () => void
}

/** How exactly it is done on time, ms. */
const TICK = 5

/**
 * Calls actions a fixed time after they were asked for. One timer serves all, and it runs only while
 * something waits: a timer each would cost a load process more than what it does.
 */
export function createLater(delay: number): (action: () => void) => void {
  const waiting: Due[] = []
  let timer: NodeJS.Timeout | null = null

  function tick(): void {
    const now = performance.now()
    // Asked for in this order, so due in this order.
    const first = waiting.findIndex(({ at }) => at > now)
    const due = waiting.splice(0, first === -1 ? waiting.length : first)
    for (const { action } of due) action()
    if (waiting.length > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }

  return (action) => {
    waiting.push({ at: performance.now() + delay, action })
    timer ??= setInterval(tick, TICK)
  }
}
