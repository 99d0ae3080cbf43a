import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { Param } from './store.ts'

export type Row = Record<string, Param>

/** An embedded installation at rest, on one state of it, and never written to. */
export interface Source {
  all(sql: string, params?: readonly Param[]): Row[]
  /**
   * Whether somebody was handed what nobody could write down (store/sqlite.ts, `readUnrecorded`):
   * then it is not known of any message that nobody has it.
   */
  unrecorded: boolean
  /** Of all its bytes: equal ones tell that nothing has changed since. */
  fingerprint(): Promise<string>
  close(): void
}

/**
 * Opens the file so that not a byte of it, or beside it, changes. What a crash left in the
 * write-ahead log is seen. Nobody else may have it open.
 */
export function openSource(file: string): Source {
  const [log, index, flag] = [`${file}-wal`, `${file}-shm`, `${file}-unrecorded`]
  const hasLog = existsSync(log) && statSync(log).size > 0
  const hadIndex = existsSync(index)
  const address = pathToFileURL(file)
  // https://sqlite.org/uri.html: without a log, nothing is made beside the file. With one, SQLite's
  // index of it is left as it is too; where a crash left none, one is made for as long as this is open.
  if (!hasLog) address.searchParams.set('immutable', '1')
  else if (hadIndex) address.searchParams.set('readonly_shm', '1')
  const db = new DatabaseSync(address, { readOnly: true })
  db.exec('begin')
  return {
    all: (sql, params = []) => db.prepare(sql).all(...params) as Row[],
    unrecorded: existsSync(flag) && readFileSync(flag, 'latin1') === '1',
    async fingerprint() {
      const hash = createHash('sha256')
      for (const part of [file, log, flag].filter(existsSync)) {
        hash.update(`${statSync(part).size} `)
        for await (const bytes of createReadStream(part, { highWaterMark: 1 << 20 }))
          hash.update(bytes as Buffer)
      }
      return hash.digest('hex')
    },
    close() {
      db.close()
      if (hasLog && !hadIndex) rmSync(index, { force: true })
    },
  }
}
