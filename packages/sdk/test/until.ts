import { setImmediate } from 'node:timers/promises'

/** Far beyond what anything here takes; only a test that fails waits for it, ms. */
const PATIENCE = 10_000

/** Waits for something to become true, however long the machine takes. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`Waited in vain: ${what}`)
    await setImmediate()
  }
}

/** Lets everything happen that is under way, so that "nothing came of it" can be said. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await setImmediate()
}
