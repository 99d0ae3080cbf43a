import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { migrate, migrationNames, postgresDialect } from './migrate.ts'
import { insertRows, type Param, type Store, type Transaction } from './store.ts'

/** Why a move cannot be done, or go on, as a sentence. */
export class MoveError extends Error {}

export interface MoveProgress {
  step: 'copying' | 'verifying'
  table: string
  done: number
  of: number
}

export interface MoveOptions {
  /** SQLite's file, which nobody writes to meanwhile. It is only read. */
  file: string
  /** PostgreSQL: empty, or with what an interrupted move of the same installation left there. */
  target: Store
  now: number
  onProgress: (progress: MoveProgress) => void
}

/** A table as both engines know it: rows are compared and copied in the order of the key. */
interface Table {
  name: string
  columns: string[]
  key: string[]
}

type Row = Record<string, Param>

/** Rows of one transaction. */
const CHUNK = 4096
/** How an installation is marked while it is being moved: the value is the source's epoch. */
const MOVING = 'moving'
/** Made by each store itself. */
const NOT_COPIED = new Set(['migrations', 'installation'])

/**
 * Copies an embedded installation into PostgreSQL: ids, seqs, devices and cursors as they are, so
 * that nobody signs in again or starts anew (S3). What an interrupted run has copied stays, and the
 * next one goes on behind it; only once every table was compared does the target become an
 * installation.
 * @returns false if the target holds this very installation already
 * @throws MoveError
 */
export async function move({ file, target, now, onProgress }: MoveOptions): Promise<boolean> {
  const source = new DatabaseSync(file, { readOnly: true })
  try {
    requireSchema(source)
    const epoch = epochOf(source)
    await migrate(target, postgresDialect, now)
    if (!(await claim(target, epoch))) return false
    const tables = tablesOf(source)
    for (const table of tables) await requireSameColumns(target, table)
    for (const table of tables) await copy(source, target, table, onProgress)
    for (const table of tables) await goOnCounting(target, table)
    for (const table of tables) await verify(source, target, table, onProgress)
    await finish(source, target)
    return true
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

function requireSchema(source: DatabaseSync): void {
  const applied = rowsOf(source, 'select name from migrations').map(({ name }) => String(name))
  const known = migrationNames()
  const missing = known.filter((name) => !applied.includes(name))
  const unknown = applied.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new MoveError('The source was written by a newer version: use that one to move it.')
  if (missing.length > 0)
    throw new MoveError('The source is of an older version: start this one on it once, then move.')
}

function epochOf(source: DatabaseSync): string {
  const [row] = rowsOf(source, "select value from installation where name = 'epoch'")
  if (row === undefined) throw new MoveError('The source holds no installation.')
  return String(row['value'])
}

/** Marks the target as being moved into. @returns false if the move is done already */
const claim = (target: Store, epoch: string): Promise<boolean> =>
  target.transact(async (tx) => {
    const rows = await tx.all<{ name: string; value: string }>(
      "select name, value from installation where name in ('epoch', $1)",
      [MOVING],
    )
    const valueOf = (name: string) => rows.find((row) => row.name === name)?.value
    if (valueOf(MOVING) === epoch) return true
    if (valueOf(MOVING) !== undefined)
      throw new MoveError('Another installation is being moved into this database.')
    if (valueOf('epoch') === epoch) return false
    if (valueOf('epoch') !== undefined || (await tx.get('select id from accounts limit 1')))
      throw new MoveError('This database holds another installation, which is left as it is.')
    await tx.run('insert into installation (name, value) values ($1, $2)', [MOVING, epoch])
    return true
  })

/** Every table of the source: one that is new is moved, or fails the comparison of columns. */
function tablesOf(source: DatabaseSync): Table[] {
  const names = rowsOf(
    source,
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name",
  ).map(({ name }) => String(name))
  return names
    .filter((name) => !NOT_COPIED.has(name))
    .map((name) => {
      const columns = rowsOf(source, `pragma table_info(${name})`)
      return {
        name,
        columns: columns.map((column) => String(column['name'])).toSorted(),
        key: columns
          .filter(({ pk }) => Number(pk) > 0)
          .toSorted((a, b) => Number(a['pk']) - Number(b['pk']))
          .map((column) => String(column['name'])),
      }
    })
}

async function requireSameColumns(target: Store, { name, columns }: Table): Promise<void> {
  const there = await target.read((tx) =>
    tx.all<{ column_name: string }>(
      'select column_name from information_schema.columns where table_schema = current_schema() and table_name = $1',
      [name],
    ),
  )
  const theirs = there.map(({ column_name }) => column_name).toSorted()
  if (theirs.join() !== columns.join())
    throw new MoveError(`The table ${name} has other columns in PostgreSQL.`)
}

async function copy(
  source: DatabaseSync,
  target: Store,
  table: Table,
  onProgress: MoveOptions['onProgress'],
): Promise<void> {
  const of = countOf(source, table)
  let after = await target.read((tx) =>
    tx.get<Row>(
      `select ${table.key.join(', ')} from ${table.name} order by ${table.key.map((column) => `${column} desc`).join(', ')} limit 1`,
    ),
  )
  let done = after === undefined ? 0 : of - countAfter(source, table, after)
  for (;;) {
    onProgress({ step: 'copying', table: table.name, done, of })
    const rows = chunkAfter(source, table, after)
    const last = rows.at(-1)
    if (last === undefined) return
    await target.transact((tx) => insert(tx, table, rows))
    after = last
    done += rows.length
  }
}

async function insert(
  tx: Transaction,
  { name, columns }: Table,
  rows: readonly Row[],
): Promise<void> {
  await insertRows(
    tx,
    `${name} (${columns.join(', ')})`,
    rows.map((row) => valuesOf(row, columns)),
  )
}

/** A key that counts up by itself goes on after what was copied. */
async function goOnCounting(target: Store, { name, key }: Table): Promise<void> {
  const [column = ''] = key
  await target.transact(async (tx) => {
    const counter = await tx.get<{ name: string | null }>(
      'select pg_get_serial_sequence($1, $2) as name',
      [name, column],
    )
    if (counter?.name)
      await tx.all(
        `select setval($1::text::regclass, (select coalesce(max(${column}), 0) + 1 from ${name}), false)`,
        [counter.name],
      )
  })
}

/** Compares every row of a table, in the order of its key, in constant memory. */
async function verify(
  source: DatabaseSync,
  target: Store,
  table: Table,
  onProgress: MoveOptions['onProgress'],
): Promise<void> {
  const of = countOf(source, table)
  const [ours, theirs] = [createDigest(table), createDigest(table)]
  for (;;) {
    onProgress({ step: 'verifying', table: table.name, done: ours.count(), of })
    const rows = chunkAfter(source, table, ours.last())
    const copied = await target.read((tx) => copiedAfter(tx, table, theirs.last()))
    ours.add(rows)
    theirs.add(copied)
    if (ours.value() !== theirs.value())
      throw new MoveError(
        `The table ${table.name} is not the same in PostgreSQL: somebody has written to it. Empty the database and move again.`,
      )
    if (rows.length === 0) return
  }
}

function createDigest({ columns }: Table) {
  const hash = createHash('sha256')
  let count = 0
  let last: Row | undefined
  return {
    add(rows: readonly Row[]): void {
      for (const row of rows) hash.update(JSON.stringify(valuesOf(row, columns)))
      count += rows.length
      last = rows.at(-1) ?? last
    },
    count: () => count,
    last: () => last,
    value: () => `${count} ${hash.copy().digest('hex')}`,
  }
}

/** What made the source an installation makes the target one; from here on it may be served from. */
const finish = (source: DatabaseSync, target: Store): Promise<void> =>
  target.transact(async (tx) => {
    for (const { name, value } of rowsOf(source, 'select name, value from installation'))
      await tx.run('insert into installation (name, value) values ($1, $2)', [
        String(name),
        String(value),
      ])
    await tx.run('delete from installation where name = $1', [MOVING])
  })

// ---- rows, in the order of a key

const valuesOf = (row: Row, columns: readonly string[]): Param[] =>
  columns.map((column) => row[column] ?? null)

const rowsOf = (source: DatabaseSync, sql: string, params: Param[] = []): Row[] =>
  source.prepare(sql).all(...params) as Row[]

const countOf = (source: DatabaseSync, { name }: Table): number =>
  Number(rowsOf(source, `select count(*) as count from ${name}`)[0]?.['count'])

const countAfter = (source: DatabaseSync, table: Table, after: Row): number =>
  Number(
    rowsOf(
      source,
      `select count(*) as count from ${table.name} where ${past(table, () => '?')}`,
      valuesOf(after, table.key),
    )[0]?.['count'],
  )

/** The rows after a key, in its order. */
const chunkAfter = (source: DatabaseSync, table: Table, after: Row | undefined): Row[] =>
  rowsOf(
    source,
    chunk(table, after === undefined ? '' : `where ${past(table, () => '?')}`),
    after === undefined ? [] : valuesOf(after, table.key),
  )

const copiedAfter = (tx: Pick<Transaction, 'all'>, table: Table, after: Row | undefined) =>
  tx.all<Row>(
    chunk(table, after === undefined ? '' : `where ${past(table, (index) => `$${index + 1}`)}`),
    after === undefined ? [] : valuesOf(after, table.key),
  )

const chunk = ({ name, columns, key }: Table, where: string): string =>
  `select ${columns.join(', ')} from ${name} ${where} order by ${key.join(', ')} limit ${CHUNK}`

const past = ({ key }: Table, param: (index: number) => string): string =>
  `(${key.join(', ')}) > (${key.map((_, index) => param(index)).join(', ')})`
