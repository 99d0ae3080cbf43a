/** In how many parts everybody is divided. */
const PARTS = 100
/** Between two steps at least, ms. */
const SHORTEST_STEP = 20

/**
 * Goes round among many: each is come to once in a period, a hundredth of them at a time, so that
 * what is done for everybody holds nobody up for long.
 * @param period ms
 * @param visit must not throw
 */
export function createRound<Item>(period: number, visit: (some: ReadonlySet<Item>) => void) {
  const parts = Array.from({ length: PARTS }, () => new Set<Item>())
  const partOf = (number: number): Set<Item> | undefined => parts[number % PARTS]
  let joined = 0
  let visited = 0
  const started = performance.now()
  const timer = setInterval(
    () => {
      // Which part is due follows from the time, so that a late step makes up for it.
      const due = Math.floor(((performance.now() - started) / period) * PARTS)
      visited = Math.max(visited, due - PARTS)
      for (; visited < due; visited++) {
        const some = partOf(visited)
        if (some !== undefined && some.size > 0) visit(some)
      }
    },
    Math.max(SHORTEST_STEP, period / PARTS),
  )
  return {
    /** Returns its place, to leave by. */
    join(item: Item): number {
      partOf(joined)?.add(item)
      return joined++ % PARTS
    },
    leave(item: Item, place: number): void {
      parts[place]?.delete(item)
    },
    stop: (): void => clearInterval(timer),
  }
}
