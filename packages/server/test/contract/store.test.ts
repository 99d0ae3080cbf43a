import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteDialect } from '../../src/store/migrate.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { temporaryFolder } from '../world.ts'
import { storeContract, type StoreUnderTest } from './store.contract.ts'

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    return Buffer.alloc(0)
  }
}

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

storeContract('sqlite', async (): Promise<StoreUnderTest> => {
  const folder = temporaryFolder()
  const file = join(folder.path, 'store.db')
  const store = openSqlite({
    file,
    erasureDelay: 10,
    onFatal(error) {
      throw error
    },
  })
  return {
    store,
    dialect: sqliteDialect,
    async committed<Row>(sql: string) {
      const db = new DatabaseSync(file, { readOnly: true })
      try {
        return db.prepare(sql).all() as Row[]
      } finally {
        db.close()
      }
    },
    commits: () => commitsIn(bytesOf(`${file}-wal`)),
    atRest: () => Buffer.concat([bytesOf(file), bytesOf(`${file}-wal`)]),
    async close() {
      await store.close().catch(() => {})
      folder.remove()
    },
  }
})
