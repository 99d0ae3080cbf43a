import { accessSync, constants } from 'node:fs'

/** Whether this is a program that we may run. */
export function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
