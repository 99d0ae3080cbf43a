// runs alone: it moves a hundred thousand messages
/** The move of a large installation, killed at any moment (K), and the devices that come back after it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { ClientId, ConversationId } from '@takeback/protocol/ids.ts'
import { createClient } from '@takeback/sdk/client.ts'
import postgres from 'postgres'
import { postgresMissing, startPostgres, type TestPostgres } from '../../../../scripts/postgres.ts'
import { createSqlite } from '../database.ts'
import { connect, type DeviceMemory } from '../faults/device.ts'
import { seededRandom } from '../faults/seed.ts'
import {
  createTestClock,
  spawnServer,
  startTestCore,
  temporaryFolder,
  type Person,
  type ServerProcess,
  type TestCaller,
} from '../world.ts'

const PAIRS = 20
const MESSAGES = 100_000
const options = { skip: postgresMissing ?? false, timeout: 240_000 }

interface Couple {
  conversation: ConversationId
  people: [TestCaller, TestCaller]
}

/** A device as it was when it went offline, long before the move. */
interface Sleeper {
  caller: TestCaller
  conversation: ConversationId
  cursor: DeviceMemory['cursor']
}

/** An installation with a past: a hundred thousand messages, edits, unsends, and devices that missed half of it. */
async function makePast(folder: string) {
  const database = createSqlite(join(folder, 'takeback.db'))
  const tested = await startTestCore({ database, clock: createTestClock(Date.now()) })
  const couples: Couple[] = []
  const sleepers: Sleeper[] = []
  for (let n = 0; n < PAIRS; n++) {
    const people: Couple['people'] = [
      await tested.person(`left.${n}`),
      await tested.person(`right.${n}`),
    ]
    couples.push({ conversation: await tested.befriend(...people), people })
  }
  let count = 0
  const talk = async (messages: number): Promise<Message[]> => {
    const sent: Message[] = []
    while (sent.length < messages)
      sent.push(
        ...(await Promise.all(
          couples.flatMap(({ conversation, people }) =>
            Array.from({ length: 10 }, (_, n) =>
              (n % 2 === 0 ? people[0] : people[1]).call('messages.send', {
                conversation_id: conversation,
                client_id: `client-${++count}` as ClientId,
                text: `canary ${count} é😀`,
              }),
            ),
          ),
        )),
      )
    return sent
  }
  await talk(MESSAGES * 0.6)
  for (const { conversation, people } of couples)
    for (const caller of people)
      for (const device of [caller, await caller.anotherDevice()]) {
        const { epoch, head } = await tested.core.head(caller.account_id)
        sleepers.push({ caller: device, conversation, cursor: { epoch, seq: head } })
      }
  const recent = await talk(MESSAGES * 0.4)
  const callerOf = (message: Message): TestCaller => {
    const found = couples
      .flatMap(({ people }) => people)
      .find(({ account_id }) => account_id === message.sender_id)
    return found ?? assert.fail()
  }
  const gone: string[] = []
  for (const [index, message] of recent.entries()) {
    if (index % 50 === 0)
      await callerOf(message).call('messages.edit', {
        message_id: message.id,
        text: `canary edited ${index}!`,
      })
    if (index % 75 === 0) {
      await callerOf(message).call('messages.delete', { message_id: message.id, for: 'everyone' })
      gone.push(`${message.text}`, `canary edited ${index}!`)
    }
  }
  await couples[0]?.people[0].call('graph.block', { account_id: couples[0].people[1].account_id })
  await couples[1]?.people[0].call('conversations.delete', {
    conversation_id: couples[1].conversation,
  })
  await tested.close()
  return { couples, sleepers, gone, recent }
}

describe('a hundred thousand messages', () => {
  const folder = temporaryFolder()
  let database: TestPostgres
  let url: string
  let past: Awaited<ReturnType<typeof makePast>>
  let server: ServerProcess | null = null
  before(async () => {
    if (postgresMissing !== null) return
    database = await startPostgres({ fsync: false })
    url = await database.createDatabase()
    past = await makePast(folder.path)
  })
  after(async () => {
    await server?.stop('SIGKILL')
    folder.remove()
    if (postgresMissing === null) await database.stop()
  })

  /** What the database and its log hold; SQLite may leave an empty log beside what it only read. */
  const fingerprint = () =>
    readdirSync(folder.path)
      .filter((name) => /\.db(-wal)?$/.test(name) && statSync(join(folder.path, name)).size > 0)
      .map(
        (name) =>
          `${name} ${createHash('sha256')
            .update(readFileSync(join(folder.path, name)))
            .digest('hex')}`,
      )

  /** Runs the command; `killAfter` ends it in the middle, ms. */
  async function runMove(to = url, killAfter: number | null = null) {
    const cli = fileURLToPath(new URL('../../src/cli/takeback.ts', import.meta.url))
    const child = spawn(process.execPath, [cli, 'move', '--to', to], {
      env: { PATH: process.env['PATH'], TAKEBACK_DATA_DIR: folder.path },
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk))
    const late = killAfter === null ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter)
    const [code] = (await once(child, 'exit')) as [number | null]
    clearTimeout(late)
    return { code, output }
  }

  const start = () => spawnServer(temporary.path, { TAKEBACK_DATABASE_URL: url })
  const temporary = temporaryFolder()
  after(() => temporary.remove())

  test(
    'killed in the middle again and again, it goes on; meanwhile no server starts there; the source is not changed',
    options,
    async (t) => {
      const random = seededRandom(t)
      const before_ = fingerprint()
      const runs: Awaited<ReturnType<typeof runMove>>[] = []
      for (let kill = 0; kill < 4; kill++) {
        const run = await runMove(url, random.between(800, 1800))
        runs.push(run)
        if (run.code === null && kill === 0)
          await assert.rejects(start(), /is being moved into it|relation .* does not exist/)
      }
      const started = performance.now()
      runs.push(await runMove())
      t.diagnostic(`the last run took ${Math.round(performance.now() - started)} ms`)
      assert.equal(runs.at(-1)?.code, 0)
      assert.ok(
        runs.some(({ code }) => code === null),
        'none was killed',
      )
      const output = runs.map((run) => run.output).join('')
      assert.match(output, /verifying messages: 100,000 of 100,000/)
      assert.match(output, /Moved, and every row compared/)
      assert.deepEqual(fingerprint(), before_)
    },
  )

  test('unsent content is nowhere in it (U2)', options, async () => {
    const sql = postgres(url, { max: 1 })
    try {
      const tables = await sql<{ name: string }[]>`
        select tablename as name from pg_tables where schemaname = 'public'`
      assert.ok(past.gone.length > 500)
      for (const { name } of tables) {
        const content = JSON.stringify(await sql.unsafe(`select * from "${name}"`))
        const texts = new Set(content.match(/canary (?:edited )?\d+[^"]*/g) ?? [])
        for (const text of past.gone) assert.ok(!texts.has(text), `${name} holds ${text}`)
      }
    } finally {
      await sql.end()
    }
  })

  test(
    'every device comes back with its old token and cursor, and gets exactly what it missed (S3, S4, O1)',
    options,
    async () => {
      server = await start()
      const base = server.url
      for (const { caller, conversation, cursor } of past.sleepers) {
        const person: Person = {
          id: caller.account_id,
          device_id: caller.device_id,
          username: caller.username,
          token: caller.token,
          client: createClient({ baseUrl: base, token: caller.token }),
        }
        const memory: DeviceMemory = { person, cursor, messages: new Map() }
        const snapshot = await person.client.call('sync.read', {})
        assert.equal(snapshot.type, 'snapshot')
        assert.equal(snapshot.epoch, cursor.epoch)
        const device = await connect(base, memory)
        await device.reached(snapshot.seq)
        device.cut()
        const all = await historyOfSecondHalf(person, conversation)
        const held = [...memory.messages.values()]
          .filter(({ seq }) => seq > firstMissed)
          .toSorted((a, b) => a.seq - b.seq)
        const cleared = snapshot.conversations.find(({ id }) => id === conversation)
        if (cleared !== undefined) assert.deepEqual(held, all)
      }
    },
  )

  const firstMissed = (MESSAGES * 0.6) / PAIRS
  const seen = new Map<string, Promise<Message[]>>()
  /** Both devices of a person see the same. */
  const historyOfSecondHalf = (person: Person, conversation: ConversationId) => {
    const known = seen.get(person.id) ?? historyAfter(person, conversation, firstMissed)
    seen.set(person.id, known)
    return known
  }
})

async function historyAfter(
  person: Person,
  conversation: ConversationId,
  seq: number,
): Promise<Message[]> {
  const all: Message[] = []
  for (;;) {
    const page = await person.client.call('messages.list', {
      conversation_id: conversation,
      after: all.at(-1)?.seq ?? seq,
      limit: 100,
    })
    all.push(...page.items)
    if (!page.has_after) return all
  }
}
