/**
 * The store port. SQL is written once, in the subset that SQLite and PostgreSQL share (law 2):
 * `$1` parameters, `on conflict`, `returning`, text ids, bigint times in Unix milliseconds.
 */

export type Param = string | number | null

export interface Reader {
  all<Row>(sql: string, params?: readonly Param[]): Promise<Row[]>
  get<Row>(sql: string, params?: readonly Param[]): Promise<Row | undefined>
  /** False inside `read`. */
  readonly writable: boolean
}

export interface Transaction extends Reader {
  readonly writable: true
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
  /** Appended to a `select` that must hold its rows until commit; empty where writers are alone. */
  readonly lockRow: string
  /**
   * Follows `insert` in statements for many rows. What fails is undone with its whole transaction,
   * so no statement need be undone alone; told so, SQLite copies no page that it changes for that.
   */
  readonly orFail: string
}

export interface Store {
  /**
   * Runs `work` in a transaction and resolves once it is durable (A1, A3). Inside, await nothing
   * but the transaction (law 4). Where writers may meet, `work` is run again from its start after a
   * deadlock or a lost race, so it must change nothing outside; each of its statements sees what is
   * committed by then, and rows that it locks stay as they are.
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

/** This store only reads: whatever turns out to need a write is for one that can. */
export class CannotWrite extends Error {}

export const isWritable = (tx: Reader): tx is Transaction => tx.writable

/** Rows of parameters in one statement at most: engines bound their number. A padded size. */
const MAX_GIVEN = 1024

/** Lists are padded to powers of two, so that the number of different statements stays small. */
function paddedSize(count: number): number {
  let size = 1
  while (size < count) size *= 2
  return size
}

/** The list, its last item repeated up to a padded size; nothing changes that by being said twice. */
function padded<Item>(items: readonly Item[], forNone: Item): readonly Item[] {
  const missing = paddedSize(items.length) - items.length
  if (missing === 0) return items
  const last = items.at(-1) ?? forNone
  return [...items, ...Array.from({ length: missing }, () => last)]
}

/** A text for each size, written once: a statement for many rows takes longer to write than to run. */
function onceForEach(
  write: (size: number, word: string) => string,
): (size: number, word?: string) => string {
  const written = new Map<string, string>()
  return (size, word = '') => {
    const key = `${size} ${word}`
    const known = written.get(key)
    if (known !== undefined) return known
    const text = write(size, word)
    written.set(key, text)
    return text
  }
}

/** Lists as long as one statement takes. */
export function chunksOf<Item>(items: readonly Item[], size = MAX_GIVEN): Item[][] {
  const chunks: Item[][] = []
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size))
  return chunks
}

/** `$n, $n+1, …` for a list of ids. */
export function inList(
  ids: readonly Param[],
  firstParam: number,
): { sql: string; params: readonly Param[] } {
  const params = padded(ids, null)
  return { sql: params.map((_, index) => `$${firstParam + index}`).join(', '), params }
}

/** The rows that a statement finds for a list of ids of any length, asked for in the order of the list. */
export async function allIn<Row>(
  tx: Reader,
  ids: readonly Param[],
  statement: (list: string) => string,
): Promise<Row[]> {
  const found: Row[] = []
  for (const chunk of chunksOf(ids)) {
    const { sql, params } = inList(chunk, 1)
    found.push(...(await tx.all<Row>(statement(sql), params)))
  }
  return found
}

type Rows = readonly (readonly Param[])[]

/**
 * A statement that finds many rows of parameters as the table `given`. Joins with it are written
 * `cross join`, with their condition in `where`: SQLite, which knows nothing of sizes, then goes
 * from left to right.
 */
export function withGiven<Row>(
  columns: Readonly<Record<string, 'text' | 'bigint'>>,
  statement: string,
) {
  const names = Object.keys(columns)
  const types = Object.values(columns)
  const text = onceForEach((size) => {
    // The types of the first row are those of all.
    const tuples = tuplesOf(size, types.length, (param, row, column) =>
      row === 0 ? `cast(${param} as ${types[column]})` : param,
    )
    return `with given (${names.join(', ')}) as (values ${tuples}) ${statement}`
  })
  return {
    /** Looks rows up; of a row that is given twice, what it finds may come twice. */
    async all(tx: Reader, rows: Rows): Promise<Row[]> {
      const found: Row[][] = []
      for (const chunk of chunksOf(rows)) {
        const given = padded(chunk, [])
        found.push(await tx.all<Row>(text(given.length), given.flat()))
      }
      return found.flat()
    },
    /** Changes rows. */
    async run(tx: Transaction, rows: Rows): Promise<void> {
      for (const chunk of chunksOf(rows)) {
        const given = padded(chunk, [])
        await tx.run(text(given.length), given.flat())
      }
    },
  }
}

/** Most rows of one insert. */
const MAX_INSERTED = 256

/**
 * Inserts rows, each once, in few statements.
 * @param table e.g. `notes`
 * @param columns in the order of a row's values
 * @param ending e.g. `returning id`
 * @returns the rows of `ending`, in no order
 */
export function insertInto<Row>(table: string, columns: readonly string[], ending = '') {
  const text = onceForEach(
    (size, orFail) =>
      `insert ${orFail} into ${table} (${columns.join(', ')}) values ${tuplesOf(size, columns.length, (param) => param)} ${ending}`,
  )
  return async (tx: Transaction, rows: Rows): Promise<Row[]> => {
    const returned: Promise<Row[]>[] = []
    for (let at = 0; at < rows.length; ) {
      const size = Math.min(MAX_INSERTED, fittingSize(rows.length - at))
      returned.push(tx.all<Row>(text(size, tx.orFail), rows.slice(at, at + size).flat()))
      at += size
    }
    return (await Promise.all(returned)).flat()
  }
}

/** The largest power of two that fits. */
const fittingSize = (left: number): number => 2 ** Math.floor(Math.log2(left))

function tuplesOf(
  rows: number,
  columns: number,
  write: (param: string, row: number, column: number) => string,
): string {
  const tuple = (row: number) =>
    Array.from({ length: columns }, (_, column) =>
      write(`$${row * columns + column + 1}`, row, column),
    ).join(', ')
  return Array.from({ length: rows }, (_, row) => `(${tuple(row)})`).join(', ')
}
