import { DatabaseSync } from 'node:sqlite'

/** Somebody else holds what may be held once. */
export class InUse extends Error {}

/**
 * Holds a file for this process alone, until released or until the process ends, however it ends:
 * the kernel keeps the lock, so nothing is left behind to be cleared away. Held through SQLite
 * because Node has no file locks of its own.
 * @throws InUse
 */
export function holdAlone(file: string): { release(): void } {
  const db = new DatabaseSync(file, { timeout: 0 })
  try {
    db.exec('begin exclusive')
  } catch {
    db.close()
    throw new InUse(file)
  }
  return { release: () => db.close() }
}
