import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { copyFile, glob, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Run } from '../figure.ts'
import { guard } from '../load/guard.ts'
import { cached, cacheFolder, keyOf } from './cache.ts'
import { scales, type ScaleName } from './scale.ts'

/** What the service calls its database. */
const DATABASE = 'takeback.db'

const make = fileURLToPath(new URL('./make.ts', import.meta.url))
const migrations = fileURLToPath(new URL('../../../server/src/store/migrations', import.meta.url))

/**
 * A data folder for the service, filled: a copy of a data set that is made once and kept (`--cache
 * DIR`), so that each measurement finds it as it was made.
 */
export async function dataFolder(run: Run, scale: ScaleName): Promise<string> {
  const made = await cached(
    run.options['cache'] ?? cacheFolder(process.env),
    await madeBy(),
    scale,
    async (folder) => {
      run.say(`making ${scales[scale].messages.toLocaleString('en')} messages, once`)
      await makeIn(folder, scale, run.say)
    },
  )
  const folder = join(run.folder, scale)
  await mkdir(folder)
  await copyFile(join(made, DATABASE), join(folder, DATABASE), constants.COPYFILE_FICLONE)
  return folder
}

/** Beside the sources of the generator: they only find what it made. */
const finders = new Set(['cache.ts', 'data-set.ts'])

/** The key of all data sets: the schema, and the generator's own sources. */
async function madeBy(): Promise<string> {
  const files: { name: string; content: Buffer }[] = []
  for (const [folder, pattern] of [
    [migrations, '*.sql'],
    [import.meta.dirname, '*.ts'],
  ] as const)
    for await (const name of glob(pattern, { cwd: folder }))
      if (!name.endsWith('.test.ts') && !finders.has(name))
        files.push({ name, content: await readFile(join(folder, name)) })
  return keyOf(files)
}

/** In a process of its own: it holds a few hundred megabytes, and its own idea of the server's code. */
async function makeIn(folder: string, scale: ScaleName, say: Run['say']): Promise<void> {
  const child = spawn(process.execPath, [make, scale, join(folder, DATABASE)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  guard(child)
  createInterface({ input: child.stdout }).on('line', say)
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`Making the data set ended with ${String(code)}.`)
}
