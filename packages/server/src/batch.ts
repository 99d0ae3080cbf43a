import { Refusal } from '@takeback/protocol/refusals.ts'

/** What became of one command of a batch. */
export type Outcome<Value> = { value: Value } | { refusal: Refusal }

/** The value, or the refusal that was thrown; any other error is everybody's. */
export function outcomeOf<Value>(decide: () => Value): Outcome<Value> {
  try {
    return { value: decide() }
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error }
    throw error
  }
}

/** Most commands of one batch: bounds how long the first waits for the last. */
const MAX_BATCH = 1024

/**
 * Gathers commands that come while earlier ones are under way, and runs them together: with one
 * transaction and few statements for many, each costs little, and a command that comes alone runs at
 * once, unless `gather` (ms) lets a batch of fewer than `most` wait for others. If a batch fails as a
 * whole, each of it runs alone, so that nobody fails for another.
 */
export function inBatches<Command, Value>(
  run: (commands: readonly Command[]) => Promise<Outcome<Value>[]>,
  { most = MAX_BATCH, gather = 0 }: { most?: number; gather?: number } = {},
): (command: Command) => Promise<Value> {
  interface Waiting {
    command: Command
    resolve: (value: Value) => void
    reject: (error: unknown) => void
  }
  const waiting: Waiting[] = []
  let running = false

  async function runAll(): Promise<void> {
    while (waiting.length > 0) {
      if (gather > 0 && waiting.length < most)
        await new Promise((resolve) => setTimeout(resolve, gather))
      const batch = waiting.splice(0, most)
      await runTogether(batch)
    }
    running = false
  }

  async function runTogether(batch: Waiting[]): Promise<void> {
    try {
      const outcomes = await run(batch.map(({ command }) => command))
      for (const [index, one] of batch.entries()) settle(one, outcomes[index])
    } catch (error) {
      if (batch.length === 1 || error instanceof Refusal) for (const one of batch) one.reject(error)
      else for (const one of batch) await runTogether([one])
    }
  }

  function settle(one: Waiting, outcome: Outcome<Value> | undefined): void {
    if (outcome === undefined) one.reject(new Error('A command of a batch had no outcome.'))
    else if ('value' in outcome) one.resolve(outcome.value)
    else one.reject(outcome.refusal)
  }

  return (command) =>
    new Promise((resolve, reject) => {
      waiting.push({ command, resolve, reject })
      if (running) return
      running = true
      // Once everything that came at the same time is there.
      queueMicrotask(() => void runAll())
    })
}
