import { readdirSync, readFileSync } from 'node:fs'
import type { Store } from './store.ts'

/** What the engines spell differently; migrations write `{{name}}`. */
export interface Dialect {
  /** The table is stored in the order of its primary key. */
  clustered: string
  /** A key that counts up by itself, each new row after all others. */
  serial: string
}

export const sqliteDialect: Dialect = {
  clustered: 'without rowid',
  serial: 'integer primary key',
}

const folder = new URL('./migrations/', import.meta.url)

/** Brings the schema to the newest version. Each file runs once, in the order of its number, in one transaction. */
export async function migrate(store: Store, dialect: Dialect, now: number): Promise<void> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
  await store.transact(async (tx) => {
    await tx.run(
      'create table if not exists migrations (name text primary key, applied_at bigint not null)',
    )
    const applied = await tx.all<{ name: string }>('select name from migrations')
    const known = new Set(applied.map((row) => row.name))
    for (const file of files) {
      if (known.has(file)) continue
      for (const statement of statementsOf(readFileSync(new URL(file, folder), 'utf8'), dialect))
        await tx.run(statement)
      await tx.run('insert into migrations (name, applied_at) values ($1, $2)', [file, now])
    }
  })
}

/** Migrations hold plain statements, each ended by a semicolon at the end of a line. */
function statementsOf(text: string, dialect: Dialect): string[] {
  return text
    .replace(/--.*$/gm, '')
    .replace(/\{\{(\w+)\}\}/g, (_, name: keyof Dialect) => dialect[name])
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
}
