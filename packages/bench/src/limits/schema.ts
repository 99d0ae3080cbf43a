import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'

/** Where the service keeps its schema: a limit is of the same tables and indexes, whatever they become. */
const migrations = new URL('../../../server/src/store/migrations/', import.meta.url)

/** As SQLite spells what migrations leave open. */
const spelled: Record<string, string> = {
  clustered: 'without rowid',
  serial: 'integer primary key',
  text: 'text',
}

/** A database as durable and as careful with what it deletes as the service's own, empty. */
export function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file)
  db.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma secure_delete = on;
    pragma foreign_keys = off;
    pragma cache_size = -65536;
    pragma temp_store = memory;
    pragma wal_autocheckpoint = 4000;
  `)
  const files = readdirSync(migrations).filter((name) => name.endsWith('.sql'))
  for (const name of files.toSorted())
    db.exec(
      readFileSync(new URL(name, migrations), 'utf8').replace(
        /\{\{(\w+)\}\}/g,
        (_, word: string) => spelled[word] ?? '',
      ),
    )
  return db
}

export type Row = Record<string, SQLInputValue>

interface Column {
  name: string
  type: string
  notnull: number
  dflt_value: unknown
}

/**
 * Inserts rows into a table, `together` of them a statement. Columns are those of the schema: one
 * that rows do not name gets null, or 0.
 * @throws Error if a text is wanted that rows do not name: then this program is behind the schema
 */
export function inserter(
  db: DatabaseSync,
  table: string,
  named: readonly string[],
  together: number,
): (rows: readonly Row[]) => void {
  const columns = (db.prepare(`pragma table_info(${table})`).all() as unknown as Column[]).filter(
    ({ dflt_value }) => dflt_value === null,
  )
  const defaults = columns.map(({ name, type, notnull }) => {
    if (named.includes(name) || notnull === 0) return null
    if (/text/i.test(type)) throw new Error(`No value is known for ${table}.${name}.`)
    return 0
  })
  const missing = named.filter((name) => !columns.some((column) => column.name === name))
  if (missing.length > 0) throw new Error(`${table} has no ${missing.join(', ')}.`)
  const tuple = `(${columns.map(() => '?').join(', ')})`
  const statementOf = (rows: number) =>
    db.prepare(
      `insert into ${table} (${columns.map(({ name }) => name).join(', ')}) values ${Array.from({ length: rows }, () => tuple).join(', ')}`,
    )
  const many = statementOf(together)
  const one = statementOf(1)
  const valuesOf = (row: Row) =>
    columns.map(({ name }, index) => row[name] ?? defaults[index] ?? null)
  return (rows) => {
    let at = 0
    for (; at + together <= rows.length; at += together)
      many.run(...rows.slice(at, at + together).flatMap(valuesOf))
    for (; at < rows.length; at++) one.run(...valuesOf(rows[at] ?? {}))
  }
}
