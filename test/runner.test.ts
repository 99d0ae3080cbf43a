import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, test } from 'node:test'
import { promisify } from 'node:util'
import { root } from '../scripts/paths.ts'
import { postgresMissing } from '../scripts/postgres.ts'
import { childFlags, onEngine, Tally, withoutTotals } from '../scripts/tally.ts'

/** Runs a test file with this text, once on each engine, and tallies it. */
async function tallied(text: string, engines: readonly (string | null)[] = [null]) {
  const folder = mkdtempSync(join(tmpdir(), 'takeback-runner-'))
  const file = join(folder, 'some.test.mjs')
  writeFileSync(file, `import { test, describe } from 'node:test'\n${text}`)
  const tally = new Tally()
  try {
    await outsideOfTests(async () => {
      for (const engine of engines) {
        const events = run({ files: [file], isolation: 'process', execArgv: childFlags })
        for await (const event of withoutTotals(events))
          tally.add(engine === null ? event : onEngine(engine, event))
      }
      tally.finish()
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
  return tally
}

/** Inside a test process node:test would report to the outer runner. */
async function outsideOfTests<T>(work: () => Promise<T>): Promise<T> {
  const context = process.env['NODE_TEST_CONTEXT']
  delete process.env['NODE_TEST_CONTEXT']
  try {
    return await work()
  } finally {
    if (context !== undefined) process.env['NODE_TEST_CONTEXT'] = context
  }
}

test('tests that cannot run once more on another engine count as skipped, with the reason', async () => {
  const tally = new Tally()
  const result = { name: 'a', nesting: 0, file: '/one.test.ts', details: {} }
  tally.add({ type: 'test:pass', data: result })
  tally.add({ type: 'test:pass', data: { ...result, file: '/two.test.ts' } })
  tally.skip(['/one.test.ts'], 'on PostgreSQL: install it')
  assert.equal(tally.toString(), '2 passed, 0 failed, 1 skipped')
  assert.deepEqual(tally.notes, ['skipped: 1 test on PostgreSQL: install it'])
})

test('a file that runs once more on another engine counts twice, and its notes name the engine', async () => {
  const text = `
    describe('suite', () => { test('a', () => {}); test('b', () => { throw new Error('no') }) })
    test('c', { skip: 'no strace' }, () => {})
  `
  const tally = await tallied(text, [null, 'PostgreSQL'])
  assert.equal(tally.toString(), '2 passed, 2 failed, 2 skipped')
  assert.deepEqual(tally.notes, ['skipped: c (no strace)', 'skipped: c [PostgreSQL] (no strace)'])
})

test('npm test runs a file that says so on both engines, the second time under the engine’s name', {
  skip: postgresMissing ?? false,
}, async () => {
  const { stdout } = await outsideOfTests(() =>
    promisify(execFile)(process.execPath, ['scripts/test.ts', 'server/src/messaging/typing.test'], {
      cwd: root,
    }),
  )
  const [onSqlite = '', onPostgres = ''] = stdout.split('\nOn PostgreSQL:\n')
  const passes = (part: string) => part.split('\n').filter((line) => line.includes('✔'))
  const first = passes(onSqlite)
  assert.ok(first.length > 0, stdout)
  assert.equal(passes(onPostgres).length, first.length)
  assert.ok(passes(onPostgres).every((line) => line.includes('[PostgreSQL]')))
  assert.equal(stdout.trim().split('\n').at(-1), `${first.length * 2} passed, 0 failed`)
})

test('the tally counts leaves, not the suites and tests around them', async () => {
  const tally = await tallied(`
    describe('suite', () => { test('a', () => {}); test('b', () => { throw new Error('no') }) })
    test('parent', async (t) => { await t.test('c', () => {}) })
    test('parent of a failure', async (t) => { await t.test('d', () => { throw new Error('no') }) })
  `)
  assert.equal(tally.toString(), '2 passed, 2 failed')
})

test('a parent that fails by itself counts beside its children', async () => {
  const tally = await tallied(
    `test('parent', async (t) => { await t.test('a', () => {}); throw new Error('own') })`,
  )
  assert.equal(tally.toString(), '1 passed, 1 failed')
})

test('a skip is told with its reason; a todo is a failure', async () => {
  const tally = await tallied(
    `test('a', () => {}); test('b', { skip: 'no strace' }, () => {}); test.todo('c')`,
  )
  assert.equal(tally.toString(), '1 passed, 1 failed, 1 skipped')
  assert.deepEqual(tally.notes, ['skipped: b (no strace)', 'not written yet: c'])
})

test('a file without a test is a failure', async () => {
  assert.equal((await tallied('')).toString(), '0 passed, 1 failed')
})

test('a file that dies is a failure', async () => {
  assert.equal((await tallied('process.exit(3)')).toString(), '0 passed, 1 failed')
})

test('no result is lost however fast a file ends, nor does an open handle keep it', async () => {
  const tally = await tallied(`
    for (let suite = 0; suite < 40; suite++)
      describe('suite', () => { for (let i = 0; i < 10; i++) test('a', () => {}) })
    for (let i = 0; i < 20; i++) test('b', () => { throw new Error('no'.repeat(1000)) })
    setInterval(() => {}, 1000)
  `)
  assert.equal(tally.toString(), '400 passed, 20 failed')
})

test('a report that breaks off is a failure', () => {
  const tally = new Tally()
  const result = { name: 'a', file: '/some.test.ts', nesting: 0, details: {} }
  tally.add({ type: 'test:pass', data: result })
  tally.finish()
  assert.equal(tally.toString(), '1 passed, 1 failed')
})
