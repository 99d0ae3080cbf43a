import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { openFlag } from './flag.ts'
import type { Param, Reader, Store, Transaction } from './store.ts'

export interface SqliteOptions {
  /** Database file. */
  file: string
  /** Called when a sync to disk failed: what the kernel still holds is unknown, so the process must end (A4). */
  onFatal: (error: Error) => void
  /** How long after an erasure its bytes may stay in the write-ahead log, ms. */
  erasureDelay?: number
}

/** Most commands in one commit: bounds how long a reader waits behind a batch. */
const MAX_BATCH = 1024
/** Pages in the write-ahead log past which it is moved into the database. */
const MAX_LOG_PAGES = 8000
/** How long after a failed write another is tried, ms. */
const RECOVERY_DELAY = 1000

interface Write {
  work: (tx: Transaction) => Promise<unknown>
  resolve: (value: never) => void
  reject: (error: unknown) => void
  afterCommit: (() => void)[]
  outcome: { value: unknown } | { error: unknown } | null
}

interface Read {
  tx: Reader
  work: (tx: Reader) => Promise<unknown>
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

/** https://sqlite.org/pragma.html#pragma_wal_checkpoint */
interface Checkpoint {
  busy: number
  /** Pages in the log; -1 without one. */
  log: number
}

/**
 * The embedded store: one connection, one lane. Writes that arrive while a commit is under way run
 * together in the next transaction, each under a savepoint, then one sync, then all their answers
 * (group commit). Reads run between transactions, so they see only what is durable (O2).
 */
export function openSqlite({ file, onFatal, erasureDelay = 10_000 }: SqliteOptions): Store {
  const db = new DatabaseSync(file, { timeout: 5000 })
  db.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma secure_delete = on;
    pragma foreign_keys = off;
    pragma cache_size = -65536;
    pragma temp_store = memory;
    pragma wal_autocheckpoint = 0;
  `)
  const statements = statementCache(db)
  const writes: Write[] = []
  let reads: Read[] = []
  let scheduled = false
  let healthy = true
  let closed = false
  let erasure: NodeJS.Timeout | null = null
  let recovery: NodeJS.Timeout | null = null

  const checkpoints = {
    noop: db.prepare('pragma wal_checkpoint(noop)'),
    passive: db.prepare('pragma wal_checkpoint(passive)'),
    truncate: db.prepare('pragma wal_checkpoint(truncate)'),
  }
  const unrecorded = openFlag(`${file}-unrecorded`)

  const reader: Reader = { ...statements, writable: false }
  const unrecordedReader: Transaction = {
    ...statements,
    writable: true,
    lockRow: '',
    orFail: 'or fail',
    unrecordedReads: true,
    run: async () => 0,
    afterCommit: () => {},
    erases: () => {},
    recordedAll: () => {},
  }

  function wake(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(() => void turn())
  }

  async function turn(): Promise<void> {
    const batch = writes.splice(0, MAX_BATCH)
    if (batch.length > 0) {
      await commitTogether(batch)
      // Once the answers are out: nobody waits behind it.
      setImmediate(keepLogShort)
    }
    const waiting = reads
    reads = []
    for (const read of waiting) await runRead(read)
    scheduled = false
    if (writes.length + reads.length > 0) wake()
  }

  async function runRead({ tx, work, resolve, reject }: Read): Promise<void> {
    try {
      resolve((await work(tx)) as never)
    } catch (error) {
      reject(error)
    }
  }

  async function commitTogether(batch: Write[]): Promise<void> {
    try {
      statements.exec('begin immediate')
      for (const [index, write] of batch.entries()) await runCommand(write, index === 0)
      statements.exec('commit')
    } catch (error) {
      abandon(batch, error as Error)
      return
    }
    healthy = true
    for (const { outcome, resolve, reject } of batch) {
      if (outcome !== null && 'value' in outcome) resolve(outcome.value as never)
      else reject(outcome?.error)
    }
    for (const { outcome, afterCommit } of batch)
      if (outcome !== null && 'value' in outcome) for (const action of afterCommit) action()
  }

  /**
   * Runs one command of a batch so that it can be undone alone: the first together with the
   * transaction that it opened, all others under a savepoint, for which SQLite copies every page
   * that they change.
   */
  async function runCommand(write: Write, first: boolean): Promise<void> {
    const tx: Transaction = {
      ...statements,
      writable: true,
      lockRow: '',
      orFail: 'or fail',
      afterCommit: (action) => void write.afterCommit.push(action),
      erases: () => void write.afterCommit.push(scheduleErasure),
      unrecordedReads: unrecorded.raised(),
      recordedAll: () => void write.afterCommit.push(() => unrecorded.set(false)),
    }
    if (!first) statements.exec('savepoint command')
    try {
      write.outcome = { value: await write.work(tx) }
    } catch (error) {
      // A store that cannot write fails the whole batch: SQLite may have undone it all already.
      if (isStorageFailure(error)) throw error
      write.outcome = { error }
      statements.exec(first ? 'rollback' : 'rollback to command')
      if (first) statements.exec('begin immediate')
    }
    if (!first) statements.exec('release command')
  }

  /** Nothing of a failed batch remains, and every member of it is refused (A3). */
  function abandon(batch: Write[], error: Error): void {
    healthy = false
    if (isSyncFailure(error)) onFatal(error)
    if (db.isTransaction) {
      try {
        db.exec('rollback')
      } catch (rollbackError) {
        onFatal(rollbackError as Error)
      }
    }
    const refusal = isStorageFailure(error) ? new Refusal('storage_unavailable') : error
    for (const { reject } of batch) reject(refusal)
    recovery ??= setTimeout(tryToRecover, RECOVERY_DELAY).unref()
  }

  /**
   * Writes what changes nothing, until that works: a node that is kept out of service while it is
   * not ready gets no other write to become healthy by.
   */
  function tryToRecover(): void {
    recovery = null
    if (healthy || closed) return
    enqueue((tx) => tx.run('pragma user_version = 0')).catch(() => {})
  }

  const enqueue = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(new Refusal('service_degraded'))
      writes.push({ work, resolve, reject, afterCommit: [], outcome: null })
      wake()
    })

  const enqueueRead = <T>(tx: Reader, work: (tx: Reader) => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(new Refusal('service_degraded'))
      reads.push({ tx, work, resolve, reject })
      wake()
    })

  function scheduleErasure(): void {
    erasure ??= setTimeout(() => {
      erasure = null
      if (!closed) emptyLog()
    }, erasureDelay).unref()
  }

  /** Moves the log into the database and cuts it to nothing, so that erased bytes are in neither. */
  function emptyLog(): void {
    if (checkpoint('truncate')?.busy !== 0) scheduleErasure()
  }

  /** In place of SQLite's own automatic checkpoint, which keeps a failed sync to itself (A4). */
  function keepLogShort(): void {
    if (!closed && (checkpoint('noop')?.log ?? 0) > MAX_LOG_PAGES) checkpoint('passive')
  }

  /** Null if it failed; the log then just stays longer, unless it was a sync that failed. */
  function checkpoint(mode: keyof typeof checkpoints): Checkpoint | null {
    try {
      return checkpoints[mode].get() as unknown as Checkpoint
    } catch (error) {
      if (isSyncFailure(error)) onFatal(error as Error)
      return null
    }
  }

  // The process before this one may have ended between an erasure and its checkpoint (U3).
  emptyLog()

  return {
    transact: enqueue,
    read: (work) => enqueueRead(reader, work),
    async readUnrecorded(work) {
      try {
        unrecorded.set(true)
      } catch {
        throw new Refusal('storage_unavailable')
      }
      return enqueueRead(unrecordedReader, work)
    },
    healthy: () => healthy,
    async close() {
      while (scheduled) await new Promise((resolve) => setImmediate(resolve))
      closed = true
      if (erasure !== null) clearTimeout(erasure)
      if (recovery !== null) clearTimeout(recovery)
      if (healthy) checkpoint('truncate')
      db.close()
      unrecorded.close()
    },
  }
}

interface Statements {
  all<Row>(sql: string, params?: readonly Param[]): Promise<Row[]>
  get<Row>(sql: string, params?: readonly Param[]): Promise<Row | undefined>
  run(sql: string, params?: readonly Param[]): Promise<number>
  exec(sql: string): void
}

interface Prepared {
  statement: StatementSync
  /** Names of the columns it returns. */
  columns: string[]
  /** Which parameter each `?` takes; null where that is simply the order of the parameters. */
  order: number[] | null
}

/** Compiles each SQL text once. `$n` becomes SQLite's nameless `?`, its parameters put in order of use. */
function statementCache(db: DatabaseSync): Statements {
  const cache = new Map<string, Prepared>()
  function prepare(sql: string): Prepared {
    const known = cache.get(sql)
    if (known !== undefined) return known
    const order: number[] = []
    const text = sql.replace(/\$(\d+)/g, (_, number) => {
      order.push(Number(number) - 1)
      return '?'
    })
    const statement = db.prepare(text)
    // Arrays, which we make objects of ourselves: node:sqlite takes twice as long over its own.
    statement.setReturnArrays(true)
    const prepared: Prepared = {
      statement,
      columns: statement.columns().map(({ name }) => name),
      order: order.every((position, index) => position === index) ? null : order,
    }
    cache.set(sql, prepared)
    return prepared
  }
  const bind = (order: Prepared['order'], params: readonly Param[]): readonly Param[] =>
    order === null ? params : order.map((position) => params[position] ?? null)
  return {
    async all<Row>(sql: string, params: readonly Param[] = []) {
      const { statement, columns, order } = prepare(sql)
      const rows = statement.all(...bind(order, params)) as unknown as unknown[][]
      return rows.map((values) => toRow<Row>(columns, values))
    },
    async get<Row>(sql: string, params: readonly Param[] = []) {
      const { statement, columns, order } = prepare(sql)
      const values = statement.get(...bind(order, params)) as unknown as unknown[] | undefined
      return values === undefined ? undefined : toRow<Row>(columns, values)
    },
    async run(sql: string, params: readonly Param[] = []) {
      const { statement, order } = prepare(sql)
      return Number(statement.run(...bind(order, params)).changes)
    },
    exec(sql: string) {
      prepare(sql).statement.run()
    },
  }
}

function toRow<Row>(columns: readonly string[], values: readonly unknown[]): Row {
  const row: Record<string, unknown> = {}
  for (let index = 0; index < columns.length; index++) row[columns[index] ?? ''] = values[index]
  return row as Row
}

/** Primary result codes (https://sqlite.org/rescode.html) that mean the file cannot be written or read. */
const storageCodes = new Set([
  5, // BUSY: another process holds the file
  7, // NOMEM
  8, // READONLY
  10, // IOERR
  11, // CORRUPT
  13, // FULL
  14, // CANTOPEN
])
/** Extended codes of a sync that failed: IOERR_FSYNC, IOERR_DIR_FSYNC. */
const syncCodes = new Set([1034, 1290])

const sqliteCode = (error: unknown): number | null =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : null

function isStorageFailure(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== null && storageCodes.has(code & 0xff)
}

function isSyncFailure(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== null && syncCodes.has(code)
}
