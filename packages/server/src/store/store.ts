/**
 * The store port. SQL is written once, in the subset that SQLite and PostgreSQL share (law 2):
 * `$1` parameters, `on conflict`, `returning`, text ids, bigint times in Unix milliseconds.
 */

export type Param = string | number | null

export interface Reader {
  all<Row>(sql: string, params?: readonly Param[]): Promise<Row[]>
  get<Row>(sql: string, params?: readonly Param[]): Promise<Row | undefined>
  /** False inside `read`: whoever needs to write there throws `WriteNeeded`. */
  readonly writable: boolean
}

export interface Transaction extends Reader {
  /** Returns how many rows changed. */
  run(sql: string, params?: readonly Param[]): Promise<number>
  /** Runs once the transaction is durable, never if it fails. Must not throw. */
  afterCommit(action: () => void): void
  /** This transaction destroyed content: its bytes must soon leave the files of the store (U3). */
  erases(): void
  /** Whether anything was read by `readUnrecorded` since `recordedAll`. */
  readonly unrecordedReads: boolean
  /** Once this is committed, nothing is unrecorded any more. */
  recordedAll(): void
  /** Appended to a `select` that must hold its row until commit; empty where writers are alone. */
  readonly lockRow: string
}

export interface Store {
  /**
   * Runs `work` in a transaction and resolves once it is durable (A1, A3). Inside, await nothing
   * but the transaction (law 4).
   * @throws what `work` throws, after undoing it alone; `storage_unavailable` if the store cannot
   * write, and then nothing of it remains.
   */
  transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T>
  /** Runs `work` on one committed state of the store. */
  read<T>(work: (tx: Reader) => Promise<T>): Promise<T>
  /**
   * Reads while nothing can be written: what `work` would record of its reading is dropped, and that
   * something was dropped is kept durably instead.
   * @throws `storage_unavailable` — not even that can be kept
   */
  readUnrecorded<T>(work: (tx: Reader) => Promise<T>): Promise<T>
  /** False from a failed write until one succeeds; the store itself keeps trying. */
  healthy(): boolean
  close(): Promise<void>
}

/** Thrown inside `read` by work that turns out to need a transaction; the core runs it again in one. */
export class WriteNeeded extends Error {}

export function writing(tx: Reader): Transaction {
  if (!tx.writable) throw new WriteNeeded()
  return tx as Transaction
}

/**
 * `$n, $n+1, …` for a list of ids, with the ids padded to a few sizes by repeating the last one,
 * so that the number of different statements stays small.
 */
export function inList(
  ids: readonly Param[],
  firstParam: number,
): { sql: string; params: Param[] } {
  const last = ids.at(-1) ?? null
  let size = 1
  while (size < ids.length) size *= 4
  const params = [...ids]
  while (params.length < size) params.push(last)
  return { sql: params.map((_, index) => `$${firstParam + index}`).join(', '), params }
}
