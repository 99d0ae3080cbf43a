import { DatabaseSync } from 'node:sqlite'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { openFlag } from './flag.ts'
import type { LogMover } from './log-mover.ts'
import { isStorageFailure, isSyncFailure } from './sqlite-errors.ts'
import { plansByIndex, statementCache } from './sqlite-statements.ts'
import type { Reader, Store, Transaction } from './store.ts'

export interface SqliteOptions {
  /** Database file. */
  file: string
  /** Called when a sync to disk failed: what the kernel still holds is unknown, so the process must end (A4). */
  onFatal: (error: Error) => void
  /** How long after an erasure its bytes may stay in the write-ahead log, ms. */
  erasureDelay?: number
  /** Moves the log into the database beside this connection, which does so itself if there is none. */
  mover?: LogMover
}

/** Most commands in one commit: bounds how long a reader waits behind a batch. */
const MAX_BATCH = 1024
/**
 * Pages in the write-ahead log past which it is moved into the database: 128 MB. A page that many
 * messages change is moved once for all of them.
 */
const MAX_LOG_PAGES = 32_000
/** So few that moving them holds up nobody, and how often the log is moved beside the writer before. */
const FEW_PAGES = 500
const MAX_ROUNDS = 5
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
  /** Of them, those that stand in the database as well. */
  checkpointed: number
}

/**
 * The embedded store: one connection, one lane. Writes that arrive while a commit is under way run
 * together in the next transaction, each under a savepoint, then one sync, then all their answers
 * (group commit). Reads run between transactions, so they see only what is durable (O2).
 */
export function openSqlite(options: SqliteOptions): Store {
  const { file, onFatal, erasureDelay = 10_000 } = options
  const mover = options.mover ?? { move: moveLog, close: async () => {} }
  const db = new DatabaseSync(file, { timeout: 5000 })
  db.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma secure_delete = on;
    pragma foreign_keys = off;
    pragma cache_size = -65536;
    pragma temp_store = memory;
    pragma wal_autocheckpoint = 0;
    ${plansByIndex}
  `)
  const statements = statementCache(db)
  const writes: Write[] = []
  let reads: Read[] = []
  let scheduled = false
  let healthy = true
  let closed = false
  let erasure: NodeJS.Timeout | null = null
  let recovery: NodeJS.Timeout | null = null
  let moving = false

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
      // Nearly all of it beside the writer, so that what is left to do holds it up only briefly.
      void mover.move().then(() => {
        erasure = null
        if (!closed) emptyLog()
      })
    }, erasureDelay).unref()
  }

  /** Moves the log into the database and cuts it to nothing, so that erased bytes are in neither. */
  function emptyLog(): void {
    if (checkpoint('truncate')?.busy !== 0) scheduleErasure()
  }

  /** In place of SQLite's own automatic checkpoint, which keeps a failed sync to itself (A4). */
  function keepLogShort(): void {
    if (moving || closed || (checkpoint('noop')?.log ?? 0) <= MAX_LOG_PAGES) return
    moving = true
    void moveAll().finally(() => {
      moving = false
    })
  }

  /** The log begins anew only once all of it is moved, so the last of it is moved while nothing is added. */
  async function moveAll(): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      await mover.move()
      const left = checkpoint('noop')
      if (left === null || left.log - left.checkpointed < FEW_PAGES) break
    }
    if (!closed) checkpoint('passive')
  }

  async function moveLog(): Promise<void> {
    if (!closed) checkpoint('passive')
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
      await mover.close()
      if (healthy) checkpoint('truncate')
      db.close()
      unrecorded.close()
    },
  }
}
