/**
 * Seeded chance: the same seed throws the same dice on every machine. Whatever stands in a data set
 * is thrown from what it is about (the n-th message, the n-th account), so that it can be found out
 * again without reading the data set.
 * Source: mulberry32, https://github.com/bryc/code/blob/master/jshash/PRNGs.md
 */
export class Chance {
  #state: number

  /** @param about e.g. what kind of thing, and the number of it */
  constructor(...about: readonly number[]) {
    let state = 0x9e3779b9
    for (const part of about) state = mixed(state ^ part)
    this.#state = state
  }

  /** A whole number of 32 bits. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    return mixed(this.#state)
  }

  /** In [0, 1). */
  fraction(): number {
    return this.bits() / 2 ** 32
  }

  /** A whole number from 0 up to, but without, `end`. */
  below(end: number): number {
    return Math.floor(this.fraction() * end)
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0]
  }
}

function mixed(value: number): number {
  let bits = value
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
