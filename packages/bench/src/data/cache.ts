import { createHash } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where data sets are kept unless told otherwise: in the user's cache folder. */
export const cacheFolder = (environment: Record<string, string | undefined>): string =>
  join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'takeback-bench')

/** What a data set was made by: other files or another content is another key. */
export function keyOf(files: readonly { name: string; content: string | Buffer }[]): string {
  const hash = createHash('sha256')
  for (const { name, content } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    hash.update(`${name} ${content.length}\n`).update(content)
  return hash.digest('hex').slice(0, 16)
}

/** Nothing else in the folder is ever touched: it may be one that was given by mistake. */
const isKey = (name: string): boolean => /^[0-9a-f]{16}$/.test(name)

/**
 * A folder of the cache, made if it is not there: under another name until it is whole, so that
 * what was interrupted is never taken for it. What stands under other keys is removed first, for
 * room.
 * @param make fills the empty folder it is given
 */
export async function cached(
  cache: string,
  key: string,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const known = join(cache, key)
  await mkdir(known, { recursive: true })
  for (const other of await readdir(cache))
    if (isKey(other) && other !== key) await rm(join(cache, other), { recursive: true })
  if ((await readdir(known)).includes(name)) return join(known, name)
  const making = join(known, `${name}.${process.pid}.tmp`)
  try {
    await mkdir(making)
    await make(making)
    await rename(making, join(known, name))
  } finally {
    await rm(making, { recursive: true, force: true })
  }
  return join(known, name)
}
