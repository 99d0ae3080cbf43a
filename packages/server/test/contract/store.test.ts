import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPostgres, createSqlite } from '../database.ts'
import { postgresMissing } from '../../../../scripts/postgres.ts'
import { temporaryFolder } from '../world.ts'
import { storeContract } from './store.contract.ts'

/**
 * Commits in a write-ahead log (https://sqlite.org/fileformat2.html#the_write_ahead_log): a frame
 * that ends one holds the size of the database, others 0; frames of an earlier round have other
 * salts.
 */
function commitsIn(wal: Buffer): number {
  if (wal.length < 32) return 0
  const frame = 24 + wal.readUInt32BE(8)
  const salts = wal.subarray(16, 24)
  let count = 0
  for (let at = 32; at + frame <= wal.length; at += frame)
    if (wal.subarray(at + 8, at + 16).equals(salts) && wal.readUInt32BE(at + 4) > 0) count++
  return count
}

storeContract({
  name: 'sqlite',
  shows: ['commits', 'atRest'],
  async open() {
    const folder = temporaryFolder()
    const file = join(folder.path, 'store.db')
    const { dialect, committed, open } = createSqlite(file)
    const store = open()
    return {
      store,
      dialect,
      committed,
      commits: () => commitsIn(bytesOf(`${file}-wal`)),
      atRest: () => Buffer.concat([bytesOf(file), bytesOf(`${file}-wal`)]),
      async close() {
        await store.close().catch(() => {})
        folder.remove()
      },
    }
  },
})

storeContract({
  name: 'postgres',
  shows: [],
  missing: postgresMissing,
  async open() {
    const { dialect, committed, open, remove } = await createPostgres()
    const store = open()
    return {
      store,
      dialect,
      committed,
      async close() {
        await store.close().catch(() => {})
        await remove()
      },
    }
  },
})

function bytesOf(file: string): Buffer {
  return existsSync(file) ? readFileSync(file) : Buffer.alloc(0)
}
