/** An embedded installation that has lived a little, and `takeback move` run on it. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import { markOfRun } from '../../../../scripts/leftovers.ts'
import { createSqlite, type TestDatabase } from '../database.ts'
import { deleteForMe, historyOf, newName, say, takeBack } from '../rooms.ts'
import { startTestCore, type TestCaller, type TestCore } from '../world.ts'

export interface Past {
  a: TestCaller
  b: TestCaller
  conversation: ConversationId
  /** Said by `a`, and still there; nobody else has fetched the last. */
  messages: Message[]
  /** Texts that were taken back or edited away. */
  gone: string[]
}

/** Everything that leaves rows: edits, unsends that are seen and that are not, removals, blocks, a deleted thread. */
export async function makePast(folder: string): Promise<Past> {
  const tested = await startTestCore({ database: createSqlite(join(folder, 'takeback.db')) })
  try {
    return await live(tested)
  } finally {
    await tested.close()
  }
}

async function live(tested: TestCore): Promise<Past> {
  const person = async () => {
    const someone = await tested.person(newName())
    await someone.anotherDevice()
    return someone
  }
  const [a, b, c] = [await person(), await person(), await person()]
  const conversation = await tested.befriend(a, b)
  const elsewhere = await tested.befriend(a, c)
  const messages: Message[] = []
  for (let n = 0; n < 20; n++) messages.push(await say(a, conversation, `said ${n} é😀\t\\"\n'`))
  const [edited, seen, removed] = [messages[3], messages[4], messages[5]]
  assert.ok(edited && seen && removed)
  await historyOf(b, conversation)
  await a.call('messages.edit', { message_id: edited.id, text: 'said otherwise' })
  await takeBack(a, seen)
  await deleteForMe(b, removed)
  const unseen = await say(a, conversation, 'gone before anybody saw it')
  await takeBack(a, unseen)
  await say(c, elsewhere, 'to be cleared away')
  await a.call('conversations.delete', { conversation_id: elsewhere })
  await c.call('graph.block', { account_id: a.account_id })
  messages.push(await say(a, conversation, 'nobody has this'))
  return {
    a,
    b,
    conversation,
    messages: messages.filter((message) => message !== seen && message !== edited),
    gone: [seen.text ?? '', unseen.text ?? ''],
  }
}

/** Rows that take a move some seconds to copy. */
export function fatten(folder: string, rows = 150_000): void {
  const db = new DatabaseSync(join(folder, 'takeback.db'))
  db.exec(`insert into texts (body) with recursive n (i) as (select 1 union all select i + 1 from n where i < ${rows})
    select 'much that nothing points to ' || i from n`)
  db.close()
}

/** Every file in a folder by its bytes, but for the lock, which the next process cleans up after another. */
export const bytesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => !name.startsWith('takeback.lock'))
    .toSorted()
    .map((name) => {
      const bytes = readFileSync(join(folder, name))
      return `${name} ${createHash('sha256').update(bytes).digest('hex')}`
    })

/** That the target holds every table and row of the source, and nothing else; but for when it was migrated. */
export async function assertEqual(folder: string, target: TestDatabase): Promise<void> {
  const [ours, theirs] = [
    await rowsByTable(createSqlite(join(folder, 'takeback.db'))),
    await rowsByTable(target),
  ]
  assert.deepEqual([...theirs.keys()], [...ours.keys()])
  for (const [name, rows] of ours) assert.deepEqual(theirs.get(name), rows, name)
}

async function rowsByTable(database: TestDatabase): Promise<Map<string, string[]>> {
  const tables = (await database.tables()).map(([name, rows]): [string, string[]] => [
    name,
    rows
      .map((row) => JSON.stringify(Object.entries(withoutMoment(name, row)).toSorted(byName)))
      .toSorted(),
  ])
  return new Map(tables.toSorted(byName))
}

const byName = ([one]: [string, unknown], [other]: [string, unknown]): number =>
  one < other ? -1 : 1

const withoutMoment = (table: string, row: object): object =>
  table === 'migrations' ? { ...row, applied_at: 0 } : row

export interface Run {
  child: ChildProcess
  output(): string
  errors(): string
  /** Resolves once this was written. */
  said(what: RegExp): Promise<void>
  /** Exit code; null if a signal ended it. */
  ended: Promise<number | null>
}

/** The command itself, in a process of its own. */
export function startMove(folder: string, to: string): Run {
  const cli = fileURLToPath(new URL('../../src/cli/takeback.ts', import.meta.url))
  const child = spawn(process.execPath, [cli, 'move', '--to', to], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...markOfRun(), TAKEBACK_DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const looking = new Set<() => void>()
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    for (const look of looking) look()
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    ended,
    output: () => output,
    errors: () => errors,
    said: (what) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (what.test(output)) resolve()
        }
        looking.add(look)
        void ended.then(() => reject(new Error(`It never said ${what}: ${output}${errors}`)))
        look()
      }),
  }
}

/** Runs it to its end. */
export async function runMove(
  folder: string,
  to: string,
): Promise<{ code: number | null; output: string }> {
  const run = startMove(folder, to)
  const code = await run.ended
  return { code, output: run.output() + run.errors() }
}

/** That it refuses with one line, which is a sentence and no stack. */
export async function refusesToMove(folder: string, to: string, sentence: RegExp): Promise<void> {
  const run = startMove(folder, to)
  assert.equal(await run.ended, 1, run.output())
  assert.match(run.errors(), sentence)
  assert.match(run.errors(), /^[^\n]+\.\n$/)
}
