/**
 * Begins work at a fixed rate, whatever has been answered by then: a service that stalls is asked on,
 * and so is charged for it. The kinds of work take turns, so that what the machine does beside falls
 * on all alike.
 * @param rate beginnings a second, over all kinds
 * @param rounds how often each kind is begun
 * @param kinds each resolves to how long it took, ms
 * @returns per kind
 */
export async function inTurn(
  rate: number,
  rounds: number,
  kinds: readonly (() => Promise<number>)[],
): Promise<number[][]> {
  const started = performance.now()
  const under = kinds.map((): Promise<number>[] => [])
  for (let begun = 0; begun < rounds * kinds.length; ) {
    const due = Math.floor(((performance.now() - started) / 1000) * rate)
    // Not more than one of each in one go: who comes late catches up bit by bit.
    for (let count = 0; begun < due && count < kinds.length; count++, begun++) {
      const kind = begun % kinds.length
      const work = kinds[kind]
      if (work !== undefined) under[kind]?.push(work())
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return Promise.all(under.map((all) => Promise.all(all)))
}
