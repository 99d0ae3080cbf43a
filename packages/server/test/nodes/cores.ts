/** Several cores over one throw-away PostgreSQL, as the nodes of a service are; no gateways, no bus between. */
import type { Input, Output } from '@takeback/protocol/endpoints/registry.ts'
import type { AccountId, ConversationId, DeviceId } from '@takeback/protocol/ids.ts'
import type { EndpointName } from '@takeback/protocol/routes.ts'
import postgres from 'postgres'
import { createLocalBus } from '../../src/bus/local.ts'
import { readConfig } from '../../src/config.ts'
import { createCore, type LocalCore } from '../../src/core/core.ts'
import { createIds } from '../../src/ids.ts'
import { migrate, postgresDialect } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { startPostgres, type TestPostgres } from '../../../../scripts/postgres.ts'
import { createTestClock, type TestClock } from '../world.ts'

export interface Cores {
  all: LocalCore[]
  clock: TestClock
  database: TestPostgres
  /** Of the cores' database. */
  url: string
  /** Signed up on the first core; calls through whichever core it names. */
  person(username: string): Promise<Caller>
  befriend(a: Caller, b: Caller): Promise<ConversationId>
  /** Reads through a connection of its own. */
  rows<Row>(sql: string): Promise<Row[]>
  close(): Promise<void>
}

export interface Caller {
  account_id: AccountId
  device_id: DeviceId
  username: string
  on(
    core: LocalCore,
  ): <Name extends EndpointName>(name: Name, input: Input<Name>) => Promise<Output<Name>>
}

export async function startCores(count: number): Promise<Cores> {
  const database = await startPostgres({ fsync: false })
  const url = await database.createDatabase()
  const clock = createTestClock()
  const all = await Promise.all(
    Array.from({ length: count }, async () => {
      const store = openPostgres({ url })
      await migrate(store, postgresDialect, clock())
      return createCore({
        store,
        bus: createLocalBus(),
        clock,
        ids: createIds(clock),
        settings: readConfig({}).core,
      })
    }),
  )
  const [first] = all
  if (first === undefined) throw new Error('No core was asked for.')
  const outside = postgres(url, { max: 1, onnotice: () => {} })
  return {
    all,
    clock,
    database,
    url,
    async person(username) {
      const { account, session } = (await first.call(
        'accounts.sign_up',
        { device_name: 'Test device' },
        { username, display_name: username, password: 'correct horse', birth_date: '1990-05-05' },
      )) as Output<'accounts.sign_up'>
      const caller = { account_id: account.id, device_id: session.device_id }
      return {
        ...caller,
        username,
        on: (core) => (name, input) => core.call(name, caller, input) as Promise<never>,
      }
    },
    async befriend(a, b) {
      await a.on(first)('graph.follow', { account_id: b.account_id })
      await b.on(first)('graph.follow', { account_id: a.account_id })
      return (await a.on(first)('conversations.open', { account_id: b.account_id })).id
    },
    rows: async <Row>(sql: string) => (await outside.unsafe(sql)).slice() as unknown as Row[],
    async close() {
      await outside.end()
      for (const core of all) await core.close()
      await database.stop()
    },
  }
}
