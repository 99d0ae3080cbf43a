import { migrate, migrationNames, postgresDialect } from './migrate.ts'
import { openSource, type Row, type Source } from './move-source.ts'
import {
  countOfSource,
  createDigest,
  type Digest,
  goOnCounting,
  insertInto,
  lastOfTarget,
  MoveError,
  nextOfSource,
  nextOfTarget,
  type Table,
  tablesToMove,
} from './move-tables.ts'
import type { Store, Transaction } from './store.ts'

export interface MoveProgress {
  step: 'copying' | 'verifying'
  table: string
  done: number
  of: number
  /** Of the whole table, once it was found to be the same on both sides. */
  equal?: Digest
}

export interface MoveOptions {
  /** SQLite's file, which nobody has open. It is only read. */
  file: string
  /** PostgreSQL: an empty database, or what an interrupted move of the same installation left. */
  target: Store
  now: number
  onProgress: (progress: MoveProgress) => void
  /** Ends it after what is under way. */
  signal?: AbortSignal
}

/** The row of `installation` that marks a move under way: the source's epoch and fingerprint. */
const MOVING = 'moving'

/**
 * Copies an embedded installation into PostgreSQL: ids, seqs, devices and cursors as they are, so
 * that nobody signs in again or starts anew (S3). What an interrupted run has copied stays, and the
 * next one goes on behind it, unless the source was used in between: then it starts anew, so that
 * nothing stays that was taken back meanwhile (U1). Only once every row was compared does the
 * target become an installation.
 * @returns `there` if the target holds this very installation, row for row, already
 * @throws MoveError · storage_unavailable
 */
export async function move(options: MoveOptions): Promise<'moved' | 'there'> {
  const { file, target, now } = options
  const source = openSource(file)
  try {
    requireSchema(source)
    const epoch = epochOf(source)
    await migrate(target, postgresDialect, now)
    const tables = await target.read((tx) => tablesToMove(source, tx))
    const mark = `${epoch} ${await source.fingerprint()}`
    if ((await claim(target, tables, epoch, mark)) === 'done') {
      await compareWithServed(source, tables, options)
      return 'there'
    }
    for (const table of tables) await copy(source, table, options)
    for (const table of tables) await compare(source, table, options)
    await target.transact((tx) => finish(tx, source, tables, mark))
    return 'moved'
  } finally {
    source.close()
  }
}

/** Why a database may not be served from yet, as a sentence; null if it may. */
export const whyHalfMoved = (store: Store): Promise<string | null> =>
  store.read(async (tx) => {
    const mark = await tx.get('select value from installation where name = $1', [MOVING])
    return mark === undefined
      ? null
      : 'an installation is being moved into it. Run `takeback move` again to finish that.'
  })

/** @throws MoveError */
function requireSchema(source: Source): void {
  if (source.all("select 1 as yes from sqlite_master where name = 'migrations'").length === 0)
    throw new MoveError('The source holds no installation of Takeback.')
  const applied = source.all('select name from migrations').map(({ name }) => String(name))
  const known = migrationNames()
  if (applied.some((name) => !known.includes(name)))
    throw new MoveError('The source was written by a newer version: move it with that one.')
  if (known.some((name) => !applied.includes(name)))
    throw new MoveError(
      'The source is of an older version: start this version on it once, stop it, then move.',
    )
}

/** @throws MoveError */
function epochOf(source: Source): string {
  const [row] = source.all("select value from installation where name = 'epoch'")
  if (row === undefined) throw new MoveError('The source holds no installation of Takeback.')
  return String(row['value'])
}

/**
 * Marks the target as being moved into, with nothing in it but what was copied from this source as
 * it is now.
 * @throws MoveError — the target holds anything else
 */
const claim = (
  target: Store,
  tables: readonly Table[],
  epoch: string,
  mark: string,
): Promise<'begun' | 'done'> =>
  target.transact(async (tx) => {
    const there = await readMarks(tx)
    if (there.epoch === epoch) return 'done'
    if (there.epoch !== undefined)
      throw new MoveError('This database holds another installation, which is left as it is.')
    if (there.moving === mark) return 'begun'
    if (there.moving === undefined) await requireEmpty(tx, tables)
    else if (there.moving.startsWith(`${epoch} `))
      await tx.run(`truncate ${tables.map(({ name }) => name).join(', ')}`)
    else throw new MoveError('Another installation is being moved into this database.')
    await tx.run(
      `insert into installation (name, value) values ($1, $2)
       on conflict (name) do update set value = excluded.value`,
      [MOVING, mark],
    )
    return 'begun'
  })

async function readMarks(tx: Transaction): Promise<{ epoch?: string; moving?: string }> {
  const rows = await tx.all<{ name: string; value: string }>(
    "select name, value from installation where name in ('epoch', $1) for update",
    [MOVING],
  )
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}

/** @throws MoveError */
async function requireEmpty(tx: Transaction, tables: readonly Table[]): Promise<void> {
  for (const { name } of tables)
    if ((await tx.all(`select 1 as yes from ${name} limit 1`)).length > 0)
      throw new MoveError(
        `The table ${name} of this database holds rows already, which are left as they are.`,
      )
}

/** Copies a table from where it stands in the target, a chunk at a time, each durable by itself. */
async function copy(source: Source, table: Table, options: MoveOptions): Promise<void> {
  const { target, onProgress, signal } = options
  const of = countOfSource(source, table)
  let after = await target.read((tx) => lastOfTarget(tx, table))
  let done = after === null ? 0 : of - countOfSource(source, table, after)
  for (;;) {
    requireTime(signal)
    onProgress({ step: 'copying', table: table.name, done, of })
    const rows = nextOfSource(source, table, after)
    const last = rows.at(-1)
    if (last === undefined) return
    await target.transact((tx) => insertInto(tx, table, rows))
    after = last
    done += rows.length
  }
}

/** @throws MoveError — it is not the same on both sides */
async function compare(source: Source, table: Table, options: MoveOptions): Promise<void> {
  const { target, onProgress, signal } = options
  const of = countOfSource(source, table)
  const [ours, theirs] = [createDigest(table), createDigest(table)]
  let [after, copiedAfter]: [Row | null, Row | null] = [null, null]
  for (;;) {
    requireTime(signal)
    const rows = nextOfSource(source, table, after)
    const copied = await target.read((tx) => nextOfTarget(tx, table, copiedAfter))
    ours.add(rows)
    theirs.add(copied)
    const [a, b] = [ours.value(), theirs.value()]
    if (a.rows !== b.rows || a.sha256 !== b.sha256) throw new Unequal(table.name)
    const progress = { step: 'verifying', table: table.name, done: a.rows, of } as const
    if (rows.length === 0) return onProgress({ ...progress, equal: a })
    onProgress(progress)
    after = rows.at(-1) ?? null
    copiedAfter = copied.at(-1) ?? null
  }
}

class Unequal extends MoveError {
  readonly table: string

  constructor(table: string) {
    super(
      `The table ${table} is not the same in PostgreSQL, so the move was not finished: something else writes into this database. Move into a new one.`,
    )
    this.table = table
  }
}

/** @throws MoveError — one of them has been used since the move */
async function compareWithServed(
  source: Source,
  tables: readonly Table[],
  options: MoveOptions,
): Promise<void> {
  try {
    for (const table of tables) await compare(source, table, options)
  } catch (error) {
    if (!(error instanceof Unequal)) throw error
    throw new MoveError(
      `This installation was moved here already, and has been used since: the table ${error.table} differs. Nothing was changed.`,
    )
  }
}

/** What makes the source an installation makes the target one: from here on it may be served from. */
async function finish(
  tx: Transaction,
  source: Source,
  tables: readonly Table[],
  mark: string,
): Promise<void> {
  const there = await readMarks(tx)
  if (there.moving !== mark || there.epoch !== undefined)
    throw new MoveError('Something else was started on this database meanwhile: move into another.')
  for (const table of tables) await goOnCounting(tx, table)
  // So that the first queries find plans that fit.
  await tx.run(`analyze ${tables.map(({ name }) => name).join(', ')}`)
  for (const { name, value } of source.all('select name, value from installation'))
    await tx.run('insert into installation (name, value) values ($1, $2)', [
      String(name),
      String(value),
    ])
  await tx.run('delete from installation where name = $1', [MOVING])
}

/** @throws MoveError */
function requireTime(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new MoveError('Interrupted. What was copied stays: the same command goes on from there.')
}
