import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Lane } from './postgres-lane.ts'
import { isLost, openLanes, sqlState } from './postgres-lane.ts'
import type { Reader, Store, Transaction } from './store.ts'

export interface PostgresOptions {
  /** `postgres://user@host/database`; several hosts by comma: the one that takes writes is found. */
  url: string
  /** Most connections of this node. */
  connections?: number
  /** How long a transaction, or waiting for a connection, may take before it is given up, ms. */
  patience?: number
}

/** Reads that share one look at the store: bounds how long the first waits for the last. */
const MAX_SHARED = 64
/** Times that work is run again on another connection, which may be to another host. */
const MAX_MOVES = 3
/** Times that work is run again after a deadlock, or after it lost a race for a unique key. */
const MAX_RETRIES = 10
/** How often the store is looked after when nobody asks it for anything, ms. */
const PROBE_EVERY = 1000

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: run it again and it may pass. */
const worthRetrying = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '23505', // unique_violation: by what another transaction committed since this one looked
])

interface Read {
  work: (tx: Reader) => Promise<unknown>
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

type Outcome = { value: unknown } | { error: unknown }

/**
 * The store of several nodes: PostgreSQL, one transaction at a time on each connection. Writers
 * meet here, so work locks what it goes on to change; a batch of commands is one transaction of few
 * round trips (batch.ts). Reads that arrive together share one snapshot and are pipelined.
 */
export function openPostgres(options: PostgresOptions): Store {
  const { url, connections = 10, patience = 10_000 } = options
  const readers = openLanes({ url, size: Math.max(1, Math.floor(connections / 3)), patience })
  const writers = openLanes({ url, size: Math.max(1, connections - readers.size), patience })
  const waiting: Read[] = []
  let scheduled = false
  let healthy = true
  let closed = false
  let used = false
  let underProbe = false
  const probing = setInterval(probe, PROBE_EVERY).unref()

  async function transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    if (closed) throw new Refusal('service_degraded')
    for (let tries = 0; ; tries++) {
      try {
        return await attempt(work)
      } catch (error) {
        if (tries >= MAX_RETRIES || !mayRetry(error, tries)) throw noteFailure(error)
        await briefly(tries)
      }
    }
  }

  async function attempt<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const afterCommit: (() => void)[] = []
    const value = await writers.use(async (lane) => {
      lane.begin('begin isolation level read committed read write')
      try {
        const result = await work(writingOn(lane, afterCommit))
        await lane.commit()
        return result
      } catch (error) {
        lane.rollback()
        throw error
      }
    })
    healthy = used = true
    for (const action of afterCommit) action()
    return value
  }

  function read<T>(work: (tx: Reader) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (closed) return reject(new Refusal('service_degraded'))
      waiting.push({ work, resolve, reject })
      wake()
    })
  }

  /** At the end of this turn, so that what came in it shares a snapshot. */
  function wake(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      while (waiting.length > 0 && readers.hasRoom())
        void readTogether(waiting.splice(0, MAX_SHARED))
    })
  }

  async function readTogether(batch: Read[]): Promise<void> {
    const outcomes = await onOneSnapshot(batch)
    for (const [index, one] of batch.entries()) {
      const outcome = outcomes[index] ?? { error: new Error('A read had no outcome.') }
      if ('value' in outcome) one.resolve(outcome.value as never)
      // A statement that failed took the statements after it along, whosever they were.
      else if (batch.length > 1 && sqlState(outcome.error) !== null) void readTogether([one])
      else one.reject(noteFailure(outcome.error))
    }
    wake()
  }

  async function onOneSnapshot(batch: Read[], again = true): Promise<Outcome[]> {
    try {
      const outcomes = await readers.use(async (lane) => {
        lane.begin('begin isolation level repeatable read read only')
        const tx: Reader = { all: lane.all, get: lane.get, writable: false }
        const found = await Promise.all(
          batch.map(({ work }) =>
            work(tx).then(
              (value): Outcome => ({ value }),
              (error: unknown): Outcome => ({ error }),
            ),
          ),
        )
        lane.rollback()
        return found
      })
      // Nothing was changed, so what the loss of a connection took can be read again.
      if (again && outcomes.some((one) => 'error' in one && isLost(one.error)))
        return await onOneSnapshot(batch, false)
      return outcomes
    } catch (error) {
      return batch.map(() => ({ error }))
    }
  }

  /** What to refuse with; and from a store that is gone, everything after it until it is back. */
  function noteFailure(error: unknown): unknown {
    if (!isUnavailable(error)) return error
    healthy = false
    return Object.assign(new Refusal('storage_unavailable'), { cause: error })
  }

  /**
   * Notices a store that went or came back, also on a node that gets no other command. Taking a
   * transaction's id makes its commit wait for whatever a write would wait for.
   */
  function probe(): void {
    // One at a time: what takes long must not be queued for, before whoever needs the store.
    if (!used && !underProbe) {
      underProbe = true
      transact((tx) => tx.all('select pg_current_xact_id()'))
        .catch(() => {})
        .finally(() => {
          underProbe = false
        })
    }
    used = false
  }

  return {
    transact,
    read,
    readUnrecorded: async () => {
      // What others may have been handed must be known to every node: without writing, it cannot be.
      throw new Refusal('storage_unavailable')
    },
    healthy: () => healthy,
    async close() {
      while (scheduled || waiting.length > 0) await new Promise((resolve) => setImmediate(resolve))
      closed = true
      clearInterval(probing)
      await Promise.all([readers.close(), writers.close()])
    },
  }
}

const writingOn = (lane: Lane, afterCommit: (() => void)[]): Transaction => ({
  all: lane.all,
  get: lane.get,
  run: lane.run,
  writable: true,
  lockRow: 'for update',
  orFail: '',
  afterCommit: (action) => void afterCommit.push(action),
  // What was overwritten stands in old versions of rows until PostgreSQL clears them away, and in
  // its log until that is recycled: docs/OPERATIONS.md says what to set.
  erases: () => {},
  unrecordedReads: false,
  recordedAll: () => {},
})

/** A connection that was lost before the commit left nothing; later, nobody knows. */
function mayRetry(error: unknown, tries: number): boolean {
  if (isLost(error)) return tries < MAX_MOVES && !error.committing
  const state = sqlState(error)
  return state !== null && worthRetrying.has(state) && (state !== '23505' || tries < 2)
}

/** Longer each time, and never the same for two that met: they must not meet again. */
const briefly = (tries: number) =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * 2 ** Math.min(tries, 6)))

/** Classes and codes that say: not now, whatever is asked. */
const unavailable = /^(08|53|57P|58|F0|XX|25006|57014|55P03|40)/

function isUnavailable(error: unknown): boolean {
  if (isLost(error)) return true
  const state = sqlState(error)
  return state !== null && unavailable.test(state)
}
