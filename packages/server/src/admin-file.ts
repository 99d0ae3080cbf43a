import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How a command on this machine reaches the service that runs on a data folder. */
export interface AdminAccess {
  port: number
  token: string
}

const fileIn = (folder: string): string => join(folder, 'admin.json')

/** Readable for this user only: whoever can read the data may command the service. */
export function writeAdminFile(folder: string, access: AdminAccess): void {
  // A mode is given to new files only.
  rmSync(fileIn(folder), { force: true })
  writeFileSync(fileIn(folder), JSON.stringify(access), { mode: 0o600, flag: 'wx' })
}

/** Null where no service has left one. */
export function readAdminFile(folder: string): AdminAccess | null {
  try {
    return JSON.parse(readFileSync(fileIn(folder), 'utf8')) as AdminAccess
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT')
      return null
    throw error
  }
}

/** Unless another service, one that shares the folder, has put its own there since. */
export function removeAdminFile(folder: string, { token }: AdminAccess): void {
  if (readAdminFile(folder)?.token === token) rmSync(fileIn(folder), { force: true })
}
