import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Which of these strings stand in which file of a folder, byte for byte. */
export function findInFiles(folder: string, needles: readonly string[]): string[] {
  const found: string[] = []
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const bytes = contentOf(join(entry.parentPath, entry.name))
    for (const needle of needles)
      if (bytes.includes(needle)) found.push(`${needle} in ${entry.name}`)
  }
  return found
}

function contentOf(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    // Gone between the listing and now: then nothing stands in it.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}

const LOOK_AGAIN = 50

/**
 * Waits for a condition. No test is about how long it takes; the limit only turns waiting for ever
 * into a failure that says for what.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | false> | T | null | false,
  limit = 30_000,
): Promise<T> {
  const since = performance.now()
  for (;;) {
    const seen = await look()
    if (seen !== null && seen !== false) return seen
    if (performance.now() - since > limit) throw new Error(`Never happened: ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN))
  }
}
