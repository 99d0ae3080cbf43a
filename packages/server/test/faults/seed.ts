import type { TestContext } from 'node:test'

export interface Random {
  /** From 0 up to but without `below`. */
  below(limit: number): number
  /** From `low` up to and with `high`. */
  between(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** Lower-case letters and digits. */
  word(length: number): string
}

/**
 * Chance that can be repeated: the seed is printed with the test, and `TAKEBACK_TEST_SEED` brings
 * it back.
 */
export function seededRandom(t: TestContext, fixed?: number): Random {
  const given = process.env['TAKEBACK_TEST_SEED']
  const seed = fixed ?? (given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given))
  t.diagnostic(`seed ${seed}; to repeat: TAKEBACK_TEST_SEED=${seed}`)
  return createRandom(seed)
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0
  // mulberry32: small, and good enough to choose faults with
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => next() < probability,
    pick(list) {
      const item = list[below(list.length)]
      if (item === undefined) throw new Error('There is nothing to pick from.')
      return item
    },
    word: (length) => Array.from({ length }, () => letters[below(36)]).join(''),
  }
}
