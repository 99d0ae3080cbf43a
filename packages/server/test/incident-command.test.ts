/** `takeback incident` against a service in a process of its own. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Output } from '@takeback/protocol/endpoints/registry.ts'
import { ask } from './talk.ts'
import { spawnServer, temporaryFolder, testEnvironment } from './world.ts'

const folder = temporaryFolder()
after(() => folder.remove())

/** What a command says and ends with. */
async function takeback(...args: string[]) {
  const program = fileURLToPath(new URL('../src/cli/takeback.ts', import.meta.url))
  const child = spawn(process.execPath, [program, ...args], {
    cwd: folder.path,
    env: testEnvironment(join(folder.path, 'data')),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

const NOT_RUNNING = /^No service that takes commands runs on TAKEBACK_DATA_DIR .*\.\n$/

test('an operator opens, updates, lists and resolves what everybody then sees', async () => {
  const before = await takeback('incident', 'list')
  assert.equal(before.code, 1)
  assert.match(before.err, NOT_RUNNING)

  const server = await spawnServer(join(folder.path, 'data'))
  const shown = async () =>
    ((await ask(server.url, '/status')).json as Output<'status.get'>).incidents
  assert.deepEqual(await takeback('incident', 'list'), {
    code: 0,
    out: 'No incidents.\n',
    err: '',
  })
  const opened = await takeback('incident', 'open', '--title', 'Slow', '--text', 'It is slow')
  assert.equal(opened.code, 0, opened.err)
  const id = /^Opened (\w{26}): Slow\n$/.exec(opened.out)?.[1] ?? assert.fail(opened.out)
  assert.equal((await takeback('incident', 'update', id, '--text', 'Found it')).code, 0)
  const planned = ['--title', 'Maintenance', '--text', 'On Sunday', '--announcement']
  assert.equal((await takeback('incident', 'open', ...planned)).code, 0)
  assert.equal((await takeback('incident', 'resolve', id, '--text', 'Repaired')).code, 0)
  assert.deepEqual(
    (await shown()).map(({ kind, title, text, state, updates }) => [
      kind,
      title,
      text,
      state,
      updates.map((update) => update.text),
    ]),
    [
      ['announcement', 'Maintenance', 'On Sunday', 'open', []],
      ['incident', 'Slow', 'It is slow', 'resolved', ['Found it', 'Repaired']],
    ],
  )
  const { out } = await takeback('incident', 'list')
  assert.match(out, new RegExp(`^\\w{26}  open .*Maintenance\\n${id}  resolved .*Slow\\n$`))

  const again = await takeback('incident', 'resolve', id)
  assert.deepEqual(again, {
    code: 1,
    out: '',
    err: 'It is resolved already. (invalid_input)\n',
  })
  const unknown = await takeback('incident', 'update', '0'.repeat(26), '--text', 'x')
  assert.equal(unknown.code, 1)
  assert.match(unknown.err, /\(not_found\)$/m)

  // Killed, it leaves its file behind.
  await server.stop('SIGKILL')
  const killed = await takeback('incident', 'list')
  assert.equal(killed.code, 1)
  assert.match(killed.err, NOT_RUNNING)
  const next = await spawnServer(join(folder.path, 'data'))
  assert.equal((await takeback('incident', 'list')).out, out)
  await next.stop()
  assert.match((await takeback('incident', 'list')).err, NOT_RUNNING)
})

test('off means that nobody listens', async () => {
  const server = await spawnServer(join(folder.path, 'data'), { TAKEBACK_ADMIN_PORT: 'off' })
  assert.match((await takeback('incident', 'list')).err, NOT_RUNNING)
  await server.stop()
})

test('a folder that cannot be read is named', async () => {
  const file = join(folder.path, 'data', 'admin.json')
  mkdirSync(file)
  const { code, err } = await takeback('incident', 'list')
  rmdirSync(file)
  assert.equal(code, 1)
  assert.match(err, /^TAKEBACK_DATA_DIR .*data cannot be read: .*\n$/)
})

test('help says what there is', async () => {
  const { out } = await takeback('incident', '--help')
  for (const word of ['open', 'update', 'resolve', 'list']) assert.match(out, new RegExp(word))
})
