import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, test } from 'node:test'
import { childFlags, Tally, withoutTotals } from '../scripts/tally.ts'

/** Runs a test file with this text and tallies it. */
async function tallied(text: string): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'takeback-runner-'))
  const file = join(folder, 'some.test.mjs')
  writeFileSync(file, `import { test, describe } from 'node:test'\n${text}`)
  // Inside a test process node:test would report to the outer runner.
  const context = process.env['NODE_TEST_CONTEXT']
  delete process.env['NODE_TEST_CONTEXT']
  const tally = new Tally()
  try {
    const events = run({ files: [file], isolation: 'process', execArgv: childFlags })
    for await (const event of withoutTotals(events)) tally.add(event)
    tally.finish()
  } finally {
    if (context !== undefined) process.env['NODE_TEST_CONTEXT'] = context
    rmSync(folder, { recursive: true })
  }
  return tally
}

test('tests that cannot run once more on another engine count as skipped, with the reason', async () => {
  const tally = new Tally()
  const result = { name: 'a', nesting: 0, file: '/one.test.ts', details: {} }
  tally.add({ type: 'test:pass', data: result })
  tally.add({ type: 'test:pass', data: { ...result, file: '/two.test.ts' } })
  tally.skip(['/one.test.ts'], 'on PostgreSQL: install it')
  assert.equal(tally.toString(), '2 passed, 0 failed, 1 skipped')
  assert.deepEqual(tally.notes, ['skipped: 1 tests on PostgreSQL: install it'])
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
