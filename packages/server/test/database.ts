/**
 * The databases that tests stand on: SQLite, or, where TAKEBACK_TEST_ENGINE is `postgres`, fresh
 * ones of a throw-away cluster. `npm test` runs files that say `// both engines` on each in turn.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import postgres, { type Sql } from 'postgres'
import { type Dialect, postgresDialect, sqliteDialect } from '../src/store/migrate.ts'
import { openPostgres } from '../src/store/postgres.ts'
import { openSqlite } from '../src/store/sqlite.ts'
import type { Store } from '../src/store/store.ts'
import { createDatabase, dropDatabase, startPostgres } from '../../../scripts/postgres.ts'

export interface TestDatabase {
  /** SQLite's file. @throws on PostgreSQL: what needs it does not run on both engines */
  readonly file: string
  dialect: Dialect
  /** Settings of a server that is to use it. */
  environment: Record<string, string>
  /** As the server opens it; not yet migrated. */
  open(): Store
  /** Reads through a connection of its own: sees what is committed, and only that. */
  committed<Row>(sql: string): Promise<Row[]>
  /** Every table with all that is committed in it. */
  tables(): Promise<[name: string, rows: object[]][]>
  /** What the engine keeps: the bytes of its files, or, where others share them, of every row. */
  atRest(): Promise<Buffer>
  /** Removes what does not lie in a folder of the test. */
  remove(): Promise<void>
}

const ENGINES = ['sqlite', 'postgres'] as const
type Engine = (typeof ENGINES)[number]

function engineOf(environment: NodeJS.ProcessEnv): Engine {
  const name = environment['TAKEBACK_TEST_ENGINE'] ?? 'sqlite'
  const engine = ENGINES.find((one) => one === name)
  if (engine === undefined)
    throw new Error(`TAKEBACK_TEST_ENGINE is ${name}; it can be ${ENGINES.join(' or ')}.`)
  return engine
}

/** What this process runs its tests on. */
export const testEngine: Engine = engineOf(process.env)

/** A new, empty one on the engine of these tests; SQLite's lies in the folder. */
export const createTestDatabase = async (folder: string): Promise<TestDatabase> =>
  testEngine === 'sqlite' ? createSqlite(join(folder, 'takeback.db')) : createPostgres()

export function createSqlite(file: string): TestDatabase {
  return {
    file,
    dialect: sqliteDialect,
    environment: {},
    open: () =>
      openSqlite({
        file,
        onFatal(error) {
          throw error
        },
        erasureDelay: 10,
      }),
    committed: async <Row>(sql: string) => rowsOf<Row>(file, sql),
    tables: async () =>
      rowsOf<{ name: string }>(file, `select name from sqlite_master where type = 'table'`).map(
        ({ name }) => [name, rowsOf<object>(file, `select * from "${name}"`)],
      ),
    atRest: async () =>
      Buffer.concat([file, `${file}-wal`].filter(existsSync).map((part) => readFileSync(part))),
    remove: async () => {},
  }
}

function rowsOf<Row>(file: string, sql: string): Row[] {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return db.prepare(sql).all() as Row[]
  } finally {
    db.close()
  }
}

/** On PostgreSQL, whatever the engine of these tests. @throws where it is not installed */
export async function createPostgres(): Promise<TestDatabase> {
  const maintenance = await maintenanceUrl()
  const url = await createDatabase(maintenance)
  let outside: Sql<{ bigint: number }> | null = null

  async function committed<Row>(sql: string): Promise<Row[]> {
    outside ??= postgres(url, {
      max: 1,
      onnotice: () => {},
      types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
    })
    return [...(await outside.unsafe<Row[]>(sql))]
  }
  async function tables(): Promise<[string, object[]][]> {
    const names = await committed<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    )
    const all: [string, object[]][] = []
    for (const { name } of names) all.push([name, await committed(`select * from "${name}"`)])
    return all
  }
  return {
    get file(): string {
      throw new Error('A database of PostgreSQL is no file.')
    },
    dialect: postgresDialect,
    environment: { TAKEBACK_DATABASE_URL: url },
    open: () => openPostgres({ url }),
    committed,
    tables,
    atRest: async () => Buffer.from(JSON.stringify(await tables())),
    async remove() {
      await outside?.end()
      outside = null
      await dropDatabase(maintenance, url)
    },
  }
}

let own: Promise<string> | null = null

/** Of the cluster that the runner shares out; without one, of one for this process, started when first asked for. */
function maintenanceUrl(): Promise<string> {
  const shared = process.env['TAKEBACK_TEST_POSTGRES']
  own ??=
    shared === undefined
      ? startPostgres({ fsync: false }).then(({ url }) => url)
      : Promise.resolve(shared)
  return own
}

const byFolder = new Map<string, Promise<TestDatabase>>()

/**
 * Settings of a server process on the engine of these tests: the same database for the same data
 * folder. It goes away with the cluster.
 */
export async function settingsForFolder(dataDir: string): Promise<Record<string, string>> {
  if (testEngine === 'sqlite') return {}
  const database = byFolder.get(dataDir) ?? createPostgres()
  byFolder.set(dataDir, database)
  return (await database).environment
}
