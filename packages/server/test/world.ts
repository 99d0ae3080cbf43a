/**
 * What tests stand on: a core over a real database file under a clock they move, a whole server in
 * this process, or one in a process of its own that can be killed.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Input, Output } from '@takeback/protocol/endpoints/registry.ts'
import type { AccountId, ConversationId, DeviceId } from '@takeback/protocol/ids.ts'
import type { EndpointName } from '@takeback/protocol/routes.ts'
import { createClient, type Client } from '@takeback/sdk/client.ts'
import { markOfRun } from '../../../scripts/leftovers.ts'
import { readConfig } from '../src/config.ts'
import { createCore, type CoreSettings, type LocalCore } from '../src/core/core.ts'
import { inText } from '../src/core/text.ts'
import type { Core } from '../src/core/types.ts'
import type { Bus, Hint } from '../src/bus/bus.ts'
import { readBusKey } from '../src/bus/key.ts'
import { createLocalBus } from '../src/bus/local.ts'
import { createNatsBus } from '../src/bus/nats.ts'
import type { Caller } from '../src/caller.ts'
import { systemClock } from '../src/clock.ts'
import { createIds } from '../src/ids.ts'
import { createLogger, serve, type RunningServer } from '../src/server.ts'
import { migrate } from '../src/store/migrate.ts'
import type { Store } from '../src/store/store.ts'
import { startNats } from '../../../scripts/nats.ts'
import { createTestDatabase, settingsForFolder, type TestDatabase } from './database.ts'

/** A clock that stands still until it is moved. */
export interface TestClock {
  (): number
  advance(ms: number): void
}

export function createTestClock(start = Date.UTC(2026, 0, 15, 12)): TestClock {
  let now = start
  return Object.assign(() => now, {
    advance(ms: number) {
      now += ms
    },
  })
}

export const MINUTE = 60_000
export const DAY = 24 * 60 * MINUTE

/** A folder that goes away with the test. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'takeback-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Settings for tests: any free port, nothing logged, no limits but those that a test asks for. */
export const testEnvironment = (dataDir: string): Record<string, string> => ({
  TAKEBACK_HOST: '127.0.0.1',
  TAKEBACK_PORT: '0',
  TAKEBACK_DATA_DIR: dataDir,
  TAKEBACK_LOG_LEVEL: 'silent',
  TAKEBACK_LIMIT_READ: 'off',
  TAKEBACK_LIMIT_WRITE: 'off',
  TAKEBACK_LIMIT_SEND: 'off',
  TAKEBACK_LIMIT_LOOKUP: 'off',
  TAKEBACK_LIMIT_SIGN_IN: 'off',
  TAKEBACK_LIMIT_SIGN_UP: 'off',
})

export interface TestCore {
  core: LocalCore
  /** The same as a gateway sees it. */
  served: Core
  store: Store
  clock: TestClock
  database: TestDatabase
  /** An account with one device; people of the same test need different names. */
  person(username: string, options?: { birth_date?: string }): Promise<TestCaller>
  /** Both follow each other, and have a conversation. */
  befriend(a: TestCaller, b: TestCaller): Promise<ConversationId>
  close(): Promise<void>
}

/** A signed-in device of a test: calls endpoints as itself. */
export interface TestCaller extends Caller {
  username: string
  token: string
  call<Name extends EndpointName>(name: Name, input: Input<Name>): Promise<Output<Name>>
  /** Another device of the same person. */
  anotherDevice(): Promise<TestCaller>
}

const PASSWORD = 'correct horse battery'

export interface TestCoreOptions {
  clock?: TestClock
  /** To start on; it stays when the core closes. Otherwise a new one, which goes. */
  database?: TestDatabase
  bus?: Bus
  settings?: Partial<CoreSettings>
}

/** A core in this thread, over a database of its own. */
export async function startTestCore(options: TestCoreOptions = {}): Promise<TestCore> {
  const clock = options.clock ?? createTestClock()
  const folder = options.database === undefined ? temporaryFolder() : null
  const database = options.database ?? (await createTestDatabase(folder?.path ?? ''))
  const store = database.open()
  await migrate(store, database.dialect, clock())
  const settings = { ...readConfig({}).core, ...options.settings }
  const core = await createCore({
    store,
    bus: options.bus ?? createLocalBus(),
    clock,
    ids: createIds(clock),
    settings,
  })

  function caller(account_id: AccountId, device_id: DeviceId, token: string, username: string) {
    const self: TestCaller = {
      account_id,
      device_id,
      token,
      username,
      call: (name, input) => core.call(name, { account_id, device_id }, input) as Promise<never>,
      async anotherDevice() {
        const { session } = (await core.call(
          'sessions.sign_in',
          { device_name: 'Another device' },
          { username, password: PASSWORD },
        )) as Output<'sessions.sign_in'>
        return caller(account_id, session.device_id, session.token ?? '', username)
      },
    }
    return self
  }

  return {
    core,
    served: inText(core),
    store,
    clock,
    database,
    async person(username, { birth_date = '1990-05-05' } = {}) {
      const { account, session } = (await core.call(
        'accounts.sign_up',
        { device_name: 'Test device' },
        { username, display_name: username, password: PASSWORD, birth_date },
      )) as Output<'accounts.sign_up'>
      return caller(account.id, session.device_id, session.token ?? '', username)
    },
    async befriend(a, b) {
      await a.call('graph.follow', { account_id: b.account_id })
      await b.call('graph.follow', { account_id: a.account_id })
      return (await a.call('conversations.open', { account_id: b.account_id })).id
    },
    async close() {
      await core.close()
      if (folder === null) return
      await database.remove()
      folder.remove()
    },
  }
}

export interface World {
  url: string
  /** Of all its nodes; the first is `url`. */
  urls: string[]
  readonly server: RunningServer
  readonly core: LocalCore
  readonly store: Store
  database: TestDatabase
  clock: TestClock
  person(username: string, options?: { birth_date?: string }): Promise<Person>
  befriend(a: Person, b: Person): Promise<ConversationId>
  /** Stops a node and starts another on the same database and port. */
  restart(node?: number): Promise<void>
  close(): Promise<void>
}

/** Somebody who talks to the service over HTTP. */
export interface Person {
  id: AccountId
  device_id: DeviceId
  username: string
  token: string
  client: Client
}

export interface WorldOptions {
  clock?: TestClock
  environment?: Record<string, string>
  /** Hints for which this says true get lost on their way to the gateway. */
  losesHint?: (hint: Hint) => boolean
  /** More than one only on PostgreSQL; NATS is between them. */
  nodes?: number
}

/** A whole server in this process, gateway and all, under a clock that tests move. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const folder = temporaryFolder()
  const database = await createTestDatabase(folder.path)
  const clock = options.clock ?? createTestClock()
  const config = readConfig({ ...testEnvironment(folder.path), ...options.environment })
  const loses = options.losesHint ?? (() => false)

  const nats = (options.nodes ?? 1) > 1 ? await startNats() : null

  async function busOf(): Promise<Bus> {
    if (nats === null) return createLocalBus()
    const store = database.open()
    await migrate(store, database.dialect, clock())
    const key = await readBusKey(store, createIds(clock))
    await store.close()
    return createNatsBus({ url: nats.url, key, clock: systemClock })
  }

  async function boot(port: number) {
    const bus = await busOf()
    const tested = await startTestCore({ clock, database, bus, settings: config.core })
    const core: LocalCore = {
      ...tested.core,
      onHint: (listener) =>
        tested.core.onHint((hint) => {
          if (!loses(hint)) listener(hint)
        }),
    }
    const server = await serve({ ...config, port }, inText(core), createLogger(config))
    return { tested, server }
  }

  type Running = Awaited<ReturnType<typeof boot>>
  const first = await boot(0)
  const others: Running[] = []
  for (let node = 1; node < (options.nodes ?? 1); node++) others.push(await boot(0))
  const nodes: [Running, ...Running[]] = [first, ...others]
  const urls = nodes.map(({ server }) => `http://127.0.0.1:${server.port}`)
  const [url = ''] = urls
  return {
    url,
    urls,
    get server() {
      return nodes[0].server
    },
    get core() {
      return nodes[0].tested.core
    },
    get store() {
      return nodes[0].tested.store
    },
    database,
    clock,
    person: (username, { birth_date } = {}) => signUp(url, username, birth_date),
    befriend,
    async restart(node = 0) {
      const running = nodes[node] ?? nodes[0]
      await running.server.close()
      nodes[node] = await boot(running.server.port)
    },
    async close() {
      for (const { server } of nodes) await server.close()
      await nats?.stop()
      await database.remove()
      folder.remove()
    },
  }
}

export async function signUp(
  url: string,
  username: string,
  birth_date = '1990-05-05',
): Promise<Person> {
  const { account, session } = await createClient({ baseUrl: url }).call('accounts.sign_up', {
    username,
    display_name: username,
    password: PASSWORD,
    birth_date,
  })
  const token = session.token ?? ''
  return {
    id: account.id,
    device_id: session.device_id,
    username,
    token,
    client: createClient({ baseUrl: url, token }),
  }
}

/** Another device of a person. */
export async function signIn(url: string, username: string): Promise<Person> {
  const { account, session } = await createClient({ baseUrl: url }).call('sessions.sign_in', {
    username,
    password: PASSWORD,
  })
  const token = session.token ?? ''
  return {
    id: account.id,
    device_id: session.device_id,
    username,
    token,
    client: createClient({ baseUrl: url, token }),
  }
}

export async function befriend(a: Person, b: Person): Promise<ConversationId> {
  await a.client.call('graph.follow', { account_id: b.id })
  await b.client.call('graph.follow', { account_id: a.id })
  return (await a.client.call('conversations.open', { account_id: b.id })).id
}

export interface ServerProcess {
  url: string
  child: ChildProcess
  /** What it wrote, to both outputs. */
  output(): string
  /** Ends it and resolves with its exit code, or null if a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** The real thing in a process of its own: what `npm start` runs. `wrap` goes before the command line. */
export async function spawnServer(
  dataDir: string,
  environment: Record<string, string> = {},
  wrap: readonly string[] = [],
): Promise<ServerProcess> {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const [command, ...args] = [...wrap, process.execPath, main]
  const database = 'TAKEBACK_DATABASE_URL' in environment ? {} : await settingsForFolder(dataDir)
  const child = spawn(command ?? process.execPath, args, {
    env: {
      PATH: process.env['PATH'],
      ...markOfRun(),
      ...testEnvironment(dataDir),
      ...database,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk))
  const exited = once(child, 'exit') as Promise<[number | null]>
  const url = await new Promise<string>((resolve, reject) => {
    void exited.then(([code]) => reject(new Error(`The server ended with ${code}: ${output}`)))
    child.stdout.on('data', () => {
      const match = /ready at (\S+)/.exec(output)
      if (match?.[1] !== undefined) resolve(match[1])
    })
  })
  return {
    url,
    child,
    output: () => output,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      const [code] = await exited
      return code
    },
  }
}
