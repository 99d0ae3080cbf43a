import { existsSync, globSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import postgres from 'postgres'
import { freePort, postgresMissing } from '../../../../scripts/postgres.ts'
import { startDatabase } from '../load/database.ts'
import { processorTime } from '../load/processor-time.ts'
import { XMPP_HOST } from '../load/xmpp-session.ts'
import { runInForeground } from './foreground.ts'
import type { PeerServer } from './peer.ts'

/** Where Debian keeps what its ejabberd needs. */
const [application] = globSync('/usr/lib/*-linux-gnu/ejabberd-*/ebin').map(dirname)
const ERLANG = '/usr/lib/erlang/lib'
const POSTGRES_SCHEMA = '/usr/share/ejabberd/sql/pg.sql'

const absent = (name: string) => `${name} was not found; on Debian: apt-get install ${name}`
const hasDriver = (library: string) => globSync(`${ERLANG}/${library}-*/ebin`).length > 0

const ejabberdMissing =
  existsSync('/usr/bin/erl') && application !== undefined ? null : absent('ejabberd')
const [, version = ''] = /ejabberd-([\d.]+)/.exec(application ?? '') ?? []
const product = `ejabberd ${version}`.trim()

type Archive = 'none' | 'mnesia' | 'sqlite' | 'postgres'

const kinds: Record<Archive, Pick<PeerServer, 'name' | 'note' | 'missing'>> = {
  postgres: {
    name: `${product}, archive in PostgreSQL`,
    note: 'its pool of 10 connections, fsync on',
    missing: postgresMissing ?? (hasDriver('p1_pgsql') ? null : absent('erlang-p1-pgsql')),
  },
  mnesia: { name: `${product}, archive in Mnesia`, note: 'no fsync', missing: null },
  sqlite: {
    name: `${product}, archive in SQLite`,
    note: 'rollback journal, one connection',
    missing: hasDriver('p1_sqlite3') ? null : absent('erlang-p1-sqlite3'),
  },
  none: { name: `${product} without archive`, note: 'nothing is kept', missing: null },
}

/** An ejabberd of Debian's package: started by Erlang itself, as its ejabberdctl does, but as no node of a network. */
export function ejabberd(archive: Archive): PeerServer {
  const { name, note, missing } = kinds[archive]
  return {
    name,
    note,
    archives: archive !== 'none',
    missing: ejabberdMissing ?? missing,
    async start(folder) {
      const database = archive === 'postgres' ? await startDatabase() : null
      try {
        if (database !== null) await createSchema(database.url)
        const port = await freePort()
        const config = join(folder, 'ejabberd.yml')
        await writeFile(config, configuration(archive, port, folder, database?.url))
        const server = await runInForeground(commandFor(folder), {
          folder,
          port,
          environment: {
            EJABBERD_CONFIG_PATH: config,
            EJABBERD_LOG_PATH: join(folder, 'ejabberd.log'),
            ERL_LIBS: dirname(application ?? ''),
            ERL_CRASH_DUMP: '/dev/null',
          },
        })
        return {
          port,
          cpu: () => processorTime(server.pid) + (database?.cpu() ?? 0),
          async stop() {
            await server.stop()
            await database?.stop()
          },
        }
      } catch (error) {
        await database?.stop()
        throw error
      }
    },
  }
}

/** `+K` and `+P` as in Debian's ejabberdctl. */
const commandFor = (folder: string): string[] =>
  [
    ['/usr/bin/erl', '+K', 'true', '+P', '250000'],
    ['-mnesia', 'dir', JSON.stringify(join(folder, 'mnesia'))],
    ['-s', 'ejabberd', '-noinput'],
  ].flat()

async function createSchema(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(readFileSync(POSTGRES_SCHEMA, 'utf8'))
  } finally {
    await sql.end()
  }
}

/** No TLS, no shaper, only what the work needs. YAML takes JSON, so that is what this is. */
function configuration(archive: Archive, port: number, folder: string, url?: string): string {
  return JSON.stringify({
    loglevel: 'error',
    hosts: [XMPP_HOST],
    listen: [{ port, ip: '127.0.0.1', module: 'ejabberd_c2s', max_stanza_size: 262_144 }],
    registration_timeout: 'infinity',
    ...databaseSettings(archive, folder, url),
    modules: {
      mod_register: {},
      ...(archive === 'none'
        ? {}
        : {
            mod_mam: {
              default: 'always',
              db_type: archive === 'mnesia' ? 'mnesia' : 'sql',
            },
          }),
    },
  })
}

function databaseSettings(archive: Archive, folder: string, url = ''): Record<string, unknown> {
  if (archive === 'sqlite') return { sql_type: 'sqlite', sql_database: join(folder, 'archive.db') }
  if (archive !== 'postgres') return {}
  const { hostname, port, username, password, pathname } = new URL(url)
  return {
    sql_type: 'pgsql',
    sql_server: hostname,
    sql_port: Number(port),
    sql_username: username,
    sql_password: password,
    sql_database: pathname.slice(1),
  }
}
