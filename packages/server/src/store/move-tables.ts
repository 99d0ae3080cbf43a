import { createHash } from 'node:crypto'
import type { Row, Source } from './move-source.ts'
import type { Param, Reader, Transaction } from './store.ts'

/** Why a move cannot be done, or cannot go on, as a sentence. */
export class MoveError extends Error {}

interface Column {
  name: string
  /** PostgreSQL's. */
  type: string
  /** Counts up by itself. */
  counts: boolean
}

/** A table that both engines have, copied and compared in the order of its key. */
export interface Table {
  name: string
  columns: Column[]
  key: string[]
}

/** Of both engines, as migrations spell them: what a number or a text of JavaScript holds. */
const KNOWN_TYPES = new Set(['text', 'bigint', 'integer', 'smallint'])
/** Each database keeps its own. The rows of `installation` are written last of all, by the move itself. */
const APART = new Set(['migrations', 'installation'])

/**
 * Every table of the source but those that are set apart; nothing is left out in silence.
 * @throws MoveError — there is a table or column that the target lacks, has besides, or that this cannot copy
 */
export async function tablesToMove(source: Source, target: Reader): Promise<Table[]> {
  const theirs = await columnsOfTarget(target)
  return source
    .all("select name, sql from sqlite_master where type = 'table' and name not like 'sqlite_%'")
    .map((row) => ({ name: String(row['name']), sql: String(row['sql']) }))
    .filter(({ name }) => !APART.has(name))
    .map(({ name, sql }) => {
      if (/^create virtual/i.test(sql)) throw new MoveError(`The table ${name} is not moved yet.`)
      return tableFor(name, source.all(`pragma table_xinfo(${name})`), theirs.get(name) ?? [])
    })
}

/** @throws MoveError */
function tableFor(name: string, ours: readonly Row[], columns: Column[]): Table {
  const here = ours.map((column) => String(column['name'])).toSorted()
  const there = columns.map((column) => column.name).toSorted()
  if (here.join() !== there.join())
    throw new MoveError(
      `The table ${name} has other columns in PostgreSQL: ${there.join(', ') || 'none'}.`,
    )
  const strange = columns.find(({ type }) => !KNOWN_TYPES.has(type))
  if (strange !== undefined)
    throw new MoveError(`${name}.${strange.name} is ${strange.type}, which is not moved yet.`)
  const key = ours
    .filter(({ pk }) => Number(pk) > 0)
    .toSorted((a, b) => Number(a['pk']) - Number(b['pk']))
    .map((column) => String(column['name']))
  if (key.length === 0) throw new MoveError(`The table ${name} has no key to be moved by.`)
  return { name, columns, key }
}

async function columnsOfTarget(target: Reader): Promise<Map<string, Column[]>> {
  const rows = await target.all<{ table: string; name: string; type: string; identity: string }>(
    `select table_name as table, column_name as name, data_type as type, is_identity as identity
     from information_schema.columns where table_schema = current_schema()
     order by table_name, ordinal_position`,
  )
  const columns = rows.map(({ identity, ...column }) => ({ ...column, counts: identity === 'YES' }))
  return Map.groupBy(columns, ({ table }) => table)
}

/** Rows of one transaction. */
const CHUNK = 4096

const list = ({ columns }: Table): string => columns.map(({ name }) => name).join(', ')

const past = ({ key }: Table, param: (index: number) => string): string =>
  `(${key.join(', ')}) > (${key.map((_, index) => param(index)).join(', ')})`

const keyOf = ({ key }: Table, row: Row): Param[] => key.map((column) => row[column] ?? null)

/** The rows after a key, in its order. */
function nextSql(table: Table, columns: string, after: Row | null, param: (i: number) => string) {
  const where = after === null ? '' : `where ${past(table, param)}`
  return `select ${columns} from ${table.name} ${where} order by ${table.key.join(', ')} limit ${CHUNK}`
}

export const nextOfSource = (source: Source, table: Table, after: Row | null): Row[] =>
  source.all(
    nextSql(table, listToMove(source, table), after, () => '?'),
    after === null ? [] : keyOf(table, after),
  )

export const nextOfTarget = (target: Reader, table: Table, after: Row | null): Promise<Row[]> =>
  target.all<Row>(
    nextSql(table, list(table), after, (index) => `$${index + 1}`),
    after === null ? [] : keyOf(table, after),
  )

/**
 * Every column as it is, but for one where it is not known who was handed what: everybody then counts
 * as handed everything, or an unsend could pass over somebody (SYNC.md). PostgreSQL needs no such flag.
 */
function listToMove(source: Source, table: Table): string {
  if (!source.unrecorded || table.name !== 'members') return list(table)
  return list(table).replace(
    'fetched_seq',
    '(select c.last_seq from conversations c where c.id = members.conversation_id) as fetched_seq',
  )
}

/** The highest key that the target holds; null if it holds none. */
export const lastOfTarget = async (target: Reader, { name, key }: Table): Promise<Row | null> =>
  (await target.get<Row>(
    `select ${key.join(', ')} from ${name} order by ${key.map((column) => `${column} desc`).join(', ')} limit 1`,
  )) ?? null

export function countOfSource(source: Source, table: Table, after: Row | null = null): number {
  const where = after === null ? '' : `where ${past(table, () => '?')}`
  const sql = `select count(*) as count from ${table.name} ${where}`
  return Number(source.all(sql, after === null ? [] : keyOf(table, after))[0]?.['count'])
}

/** One statement with one parameter, however many rows. */
export async function insertInto(tx: Transaction, table: Table, rows: Row[]): Promise<void> {
  const types = table.columns.map(({ name, type }) => `${name} ${type}`).join(', ')
  await tx.run(
    `insert into ${table.name} (${list(table)}) select ${list(table)}
     from json_to_recordset(cast(cast($1 as text) as json)) as given (${types})`,
    [JSON.stringify(rows)],
  )
}

/** What counts up by itself goes on after the highest that was copied. */
export async function goOnCounting(tx: Transaction, { name, columns }: Table): Promise<void> {
  for (const column of columns.filter(({ counts }) => counts))
    await tx.all(
      `select setval(cast(pg_get_serial_sequence($1, $2) as regclass), coalesce(max(${column.name}), 0) + 1, false)
       from ${name}`,
      [name, column.name],
    )
}

/** How many rows went in, and the SHA-256 of their values in the order of the key. */
export interface Digest {
  rows: number
  sha256: string
}

/** Of rows as JavaScript has them, so that both engines come to the same. */
export function createDigest({ columns }: Table): {
  add(rows: readonly Row[]): void
  value(): Digest
} {
  const hash = createHash('sha256')
  let count = 0
  return {
    add(rows) {
      for (const row of rows)
        hash.update(JSON.stringify(columns.map(({ name }) => row[name] ?? null)))
      count += rows.length
    },
    value: () => ({ rows: count, sha256: hash.copy().digest('hex') }),
  }
}
