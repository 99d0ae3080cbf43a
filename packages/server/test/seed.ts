/** Seeds of property tests: another one each run, printed, and taken from the environment to repeat a run. */
import { randomInt } from 'node:crypto'
import type { TestContext } from 'node:test'

/** `TAKEBACK_TEST_SEED=… node --test FILE` repeats a run that failed. */
export function seedFor(t: TestContext): number {
  const seed = Number(process.env['TAKEBACK_TEST_SEED'] ?? randomInt(2 ** 31))
  t.diagnostic(`TAKEBACK_TEST_SEED=${seed}`)
  return seed
}
