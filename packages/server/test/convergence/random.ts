/** A seeded source of choices (mulberry32), so that a failing run can be had again. */
export function createRandom(seed: number) {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (bound: number): number => Math.floor(next() * bound)
  return {
    next,
    below,
    chance: (probability: number): boolean => next() < probability,
    pick<T>(items: readonly T[]): T | undefined {
      return items[below(items.length)]
    },
  }
}

export type Random = ReturnType<typeof createRandom>
