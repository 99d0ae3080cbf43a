import { DatabaseSync } from 'node:sqlite'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { isStorageFailure } from './sqlite-errors.ts'
import { plansByIndex, statementCache } from './sqlite-statements.ts'
import { CannotWrite, type Reader, type Store } from './store.ts'

interface Read {
  work: (tx: Reader) => Promise<unknown>
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

/**
 * Reads of an embedded store that another connection writes. In WAL mode neither waits for the
 * other, and a read begins with what was committed last: whoever asks after an answer of the writer
 * sees what that answer told of. Reads that wait together share one snapshot.
 */
export function openSqliteReader(file: string): Store {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  db.exec(`
    pragma cache_size = -32768;
    pragma temp_store = memory;
    ${plansByIndex}
  `)
  const statements = statementCache(db)
  const reader: Reader = { ...statements, writable: false }
  let waiting: Read[] = []
  let scheduled = false
  let closed = false

  function wake(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(() => void turn())
  }

  async function turn(): Promise<void> {
    const reads = waiting
    waiting = []
    try {
      statements.exec('begin')
      for (const read of reads) await run(read)
      statements.exec('commit')
    } catch (error) {
      const refusal = isStorageFailure(error) ? new Refusal('storage_unavailable') : error
      for (const { reject } of reads) reject(refusal)
    }
    scheduled = false
    if (waiting.length > 0) wake()
  }

  async function run({ work, resolve, reject }: Read): Promise<void> {
    try {
      resolve((await work(reader)) as never)
    } catch (error) {
      reject(error)
    }
  }

  const read = <T>(work: (tx: Reader) => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(new Refusal('service_degraded'))
      waiting.push({ work, resolve, reject })
      wake()
    })

  return {
    read,
    transact: () => Promise.reject(new CannotWrite()),
    readUnrecorded: () => Promise.reject(new CannotWrite()),
    healthy: () => true,
    async close() {
      while (scheduled) await new Promise((resolve) => setImmediate(resolve))
      closed = true
      db.close()
    },
  }
}
