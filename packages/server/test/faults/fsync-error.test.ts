/**
 * A4: after a failed sync nobody knows what the disk holds. The kernel reports it once and forgets,
 * so trying again would succeed without the bytes being there. The process must end.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { mutantEnvironment, type Mutant } from '../mutants.ts'
import { spawnServer, temporaryFolder, type ServerProcess } from '../world.ts'
import { at, connect } from './device.ts'
import { createDisk } from './disk.ts'
import { assertKept, createJournal, makePairs, storedIn, talk } from './load.ts'
import { seededRandom, type Random } from './seed.ts'
import { readTrace, traced, withoutStrace, type Step } from './strace.ts'

const skip = withoutStrace()
/** Syncs until people have been made friends, and more; each test adds some. */
const SYNCS_OF_START = 60

interface Fault {
  /** What to put before the server's command line, given where traces and data are. */
  wrap: (trace: string, data: string) => string[]
  /** Messages of each of six speakers: enough to meet the fault. */
  upTo: number
}

/** Talks on a server whose sync fails once; resolves when that server has ended by itself. */
async function failASync(t: TestContext, random: Random, fault: Fault, mutant?: Mutant) {
  const folder = temporaryFolder()
  t.after(folder.remove)
  const data = join(folder.path, 'data')
  mkdirSync(data)
  const trace = join(folder.path, 'trace')
  const server = await spawnServer(
    data,
    mutant === undefined ? {} : mutantEnvironment(mutant),
    fault.wrap(trace, data),
  )
  t.after(() => server.stop('SIGKILL'))
  const journal = createJournal()
  const pairs = await makePairs(server.url, 3)
  await Promise.all(
    pairs.flatMap(({ conversation, memories }) =>
      memories.map(async (memory) => {
        const device = await connect(server.url, memory)
        await talk(device, conversation, journal, random, { window: 3, ...fault })
      }),
    ),
  )
  assert.notEqual(journal.pending().length, 0, 'The load ended before the server did.')
  return { ended: await endOf(server), data, trace, journal, output: server.output() }
}

async function endOf({ child }: ServerProcess): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode ?? child.signalCode
}

const onAnySync = (random: Random): Fault => {
  const nth = SYNCS_OF_START + random.below(40)
  return {
    wrap: (trace) => traced(trace, '-e', `inject=fsync,fdatasync:error=EIO:when=${nth}`),
    upTo: 500,
  }
}

test('a failed sync of a commit ends the process; it is not retried, and nothing is acknowledged after it (A4)', {
  skip,
}, async (t) => {
  const random = seededRandom(t)
  const { ended, data, trace, journal, output } = await failASync(t, random, onAnySync(random))
  assert.equal(ended, 'SIGKILL', 'A supervisor sees a failure.')
  assert.match(output, /could not be synced to disk/)

  const steps = await readTrace(trace, data)
  const touched = touchedAfterFailure(steps)
  assert.deepEqual(touched, [], 'Nothing is written, synced or removed after it.')

  const disk = createDisk()
  for (const step of steps) disk.play(step)
  const cut = join(data, '..', 'cut')
  mkdirSync(cut)
  for (const [name, content] of disk.afterCut('dropped', random))
    if (!name.endsWith('-shm')) writeFileSync(join(cut, name), content)
  assertKept(journal, storedIn(join(cut, 'takeback.db')))
  t.diagnostic(`${journal.stored().length} acknowledged, ${journal.pending().length} not`)

  const again = await spawnServer(data)
  t.after(() => again.stop('SIGKILL'))
  await retryOverHttp(again.url, journal)
  assert.equal(await again.stop(), 0)
  assertKept(journal, storedIn(join(data, 'takeback.db')))
})

/** What happens to files once a sync has failed. */
function touchedAfterFailure(steps: readonly Step[]): string[] {
  const failed = steps.findIndex(({ kind }) => kind === 'failed-sync')
  assert.notEqual(failed, -1)
  return steps
    .slice(failed + 1)
    .flatMap((step) => ('file' in step ? [`${step.kind} ${step.file}`] : []))
}

test('the mutant tidy-exit is caught', { skip }, async (t) => {
  const random = seededRandom(t)
  const { data, trace } = await failASync(t, random, onAnySync(random), 'tidy-exit')
  assert.notDeepEqual(touchedAfterFailure(await readTrace(trace, data)), [])
})

test('the mutant sync-error-ignored is caught', { skip }, async (t) => {
  const random = seededRandom(t)
  await assert.rejects(failASync(t, random, onAnySync(random), 'sync-error-ignored'))
})

/** The database file itself is synced at its creation, and then when the log is moved into it. */
const onCheckpoint: Fault = {
  wrap: (trace, data) => {
    const onlyThere = '-e trace=fsync,fdatasync -e inject=fsync,fdatasync:error=EIO:when=2'
    return [
      'strace',
      '-D',
      '-f',
      '-o',
      trace,
      '-P',
      join(data, 'takeback.db'),
      ...onlyThere.split(' '),
    ]
  },
  upTo: 100,
}

test('so does a failed sync while the log is moved into the database (A4)', { skip }, async (t) => {
  const random = seededRandom(t)
  const { ended, data, journal, output } = await failASync(t, random, onCheckpoint, 'short-log')
  assert.equal(ended, 'SIGKILL', 'A supervisor sees a failure.')
  assert.match(output, /could not be synced to disk/)
  const again = await spawnServer(data)
  t.after(() => again.stop('SIGKILL'))
  assert.equal(await again.stop(), 0)
  assertKept(journal, storedIn(join(data, 'takeback.db')))
})

test('the mutant silent-checkpoint is caught', { skip }, async (t) => {
  const random = seededRandom(t)
  await assert.rejects(
    failASync(t, random, onCheckpoint, 'silent-checkpoint'),
    /The load ended before the server did/,
  )
})

async function retryOverHttp(url: string, journal: ReturnType<typeof createJournal>) {
  for (const { sender, sending } of journal.pending()) {
    const { client } = at(url, sender)
    journal.acknowledged(sending, await client.call('messages.send', sending))
  }
}
