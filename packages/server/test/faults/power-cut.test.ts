/**
 * A1 under P. A kill leaves what was written with the kernel; a power cut does not. So the server's
 * writes and syncs are recorded, and the files are built again as a cut may leave them.
 */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { ClientId } from '@takeback/protocol/ids.ts'
import { migrate, sqliteDialect } from '../../src/store/migrate.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { mutantEnvironment, type Mutant } from '../mutants.ts'
import { spawnServer, temporaryFolder } from '../world.ts'
import { connect } from './device.ts'
import { createDisk, type Loss } from './disk.ts'
import {
  ALL_MESSAGES,
  anySending,
  createJournal,
  makePairs,
  talk,
  type StoredMessage,
} from './load.ts'
import { seededRandom, type Random } from './seed.ts'
import { readTrace, traced, withoutStrace, type Step } from './strace.ts'

const skip = withoutStrace()
const CUTS = 100
const losses: Loss[] = ['dropped', 'kept', 'torn']

test('what was acknowledged before a power cut is there after it, byte for byte (A1)', {
  skip,
}, async (t) => {
  const random = seededRandom(t)
  const { steps, texts } = await record(t, random)
  const faults = await cutPower(t, steps, texts, random)
  assert.deepEqual(faults, [])
})

for (const mutant of ['synchronous-normal', 'reply-before-commit'] as const)
  test(`the mutant ${mutant} is caught`, { skip }, async (t) => {
    const random = seededRandom(t)
    const { steps, texts } = await record(t, random, mutant)
    const faults = await cutPower(t, steps, texts, random, 1)
    assert.notEqual(faults.length, 0)
  })

/** A short load on a real server, and all it did to its files and sockets. */
async function record(t: TestContext, random: Random, mutant?: Mutant) {
  const folder = temporaryFolder()
  t.after(folder.remove)
  const data = join(folder.path, 'data')
  mkdirSync(data)
  const trace = join(folder.path, 'trace')
  const server = await spawnServer(
    data,
    mutant === undefined ? {} : mutantEnvironment(mutant),
    traced(trace),
  )
  t.after(() => server.stop('SIGKILL'))
  const journal = createJournal()
  const pairs = await makePairs(server.url, 3)
  await Promise.all(
    pairs.flatMap(({ conversation, memories }) =>
      memories.map(async (memory) => {
        const device = await connect(server.url, memory)
        await talk(device, conversation, journal, random, { window: 3, upTo: 25 })
        const last = anySending(random, conversation)
        journal.sent(memory.person, last)
        journal.acknowledged(last, await memory.person.client.call('messages.send', last))
      }),
    ),
  )
  await server.stop('SIGKILL')
  assert.equal(journal.pending().length, 0)
  const texts = new Map(
    journal.stored().map(({ sending }) => [sending.client_id, sending.text] as const),
  )
  return { steps: await readTrace(trace, data), texts }
}

/** Builds the files of many cuts and opens each with the server's own store; returns what was wrong. */
async function cutPower(
  t: TestContext,
  steps: readonly Step[],
  texts: ReadonlyMap<ClientId, string>,
  random: Random,
  enough = 5,
): Promise<string[]> {
  const folder = temporaryFolder()
  t.after(folder.remove)
  const cuts = chooseCuts(steps, random)
  const disk = createDisk()
  const left = new Set<ClientId>()
  const faults: string[] = []
  let tried = 0
  for (const [index, step] of steps.entries()) {
    disk.play(step)
    if (step.kind === 'sent') for (const id of told(step.bytes)) if (texts.has(id)) left.add(id)
    if (!cuts.has(index)) continue
    for (const loss of losses) {
      const data = join(folder.path, `cut-${tried++}`)
      mkdirSync(data)
      for (const [name, content] of disk.afterCut(loss, random))
        if (!name.endsWith('-shm')) writeFileSync(join(data, name), content)
      const fault = await inspect(data, left, texts).catch((error: unknown) => String(error))
      if (fault !== null) faults.push(`step ${index} of ${steps.length}, ${loss}: ${fault}`)
      if (faults.length >= enough) return faults
    }
  }
  assert.equal(left.size, texts.size, 'The trace shows every acknowledgement.')
  const syncs = steps.filter(({ kind }) => kind === 'sync').length
  t.diagnostic(`${steps.length} steps, ${syncs} syncs, ${texts.size} messages, ${tried} cuts`)
  return faults
}

/** Half of the cuts right after something left a socket, when a lost write tells most; the rest anywhere. */
function chooseCuts(steps: readonly Step[], random: Random): ReadonlySet<number> {
  const sent = [...steps.entries()].flatMap(([index, step]) =>
    step.kind === 'sent' && told(step.bytes).length > 0 ? [index] : [],
  )
  const cuts = new Set([steps.length - 1])
  while (cuts.size < Math.min(CUTS, steps.length))
    cuts.add(random.chance(0.5) ? random.pick(sent) : random.below(steps.length))
  return cuts
}

/** Client ids that these bytes tell anybody: a reply, but also an event, promises that they are stored. */
const told = (bytes: Buffer): ClientId[] =>
  [...bytes.toString('latin1').matchAll(/"client_id":"([\w-]+)"/g)].map(
    (match) => match[1] as ClientId,
  )

async function inspect(
  data: string,
  acknowledged: ReadonlySet<ClientId>,
  texts: ReadonlyMap<ClientId, string>,
): Promise<string | null> {
  const store = openSqlite({
    file: join(data, 'takeback.db'),
    onFatal(error) {
      throw error
    },
  })
  try {
    await migrate(store, sqliteDialect, 0)
    const check = await store.read((tx) => tx.all('pragma integrity_check'))
    if (JSON.stringify(check) !== '[{"integrity_check":"ok"}]') return JSON.stringify(check)
    const rows = await store.read((tx) => tx.all<StoredMessage>(ALL_MESSAGES))
    const stored = new Map(rows.map((row) => [row.client_id, row.text]))
    for (const id of acknowledged)
      if (stored.get(id) !== texts.get(id)) return `the acknowledged ${id} is lost`
    return null
  } finally {
    await store.close()
  }
}
