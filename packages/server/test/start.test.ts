/** Starting: what an operator got wrong is said in one sentence, and data is for its owner only. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { statSync, writeFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { spawnServer, temporaryFolder, testEnvironment, type ServerProcess } from './world.ts'

const folder = temporaryFolder()
let server: ServerProcess
before(async () => {
  server = await spawnServer(join(folder.path, 'data'))
})
after(async () => {
  await server.stop()
  folder.remove()
})

/** What a start that must fail says, and its exit code. */
async function failedStart(environment: Record<string, string>) {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main], {
    env: { ...testEnvironment(join(folder.path, 'other')), ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, 'exit')) as [number | null]
  return { code, said }
}

async function assertOneSentence(environment: Record<string, string>, about: RegExp) {
  const { code, said } = await failedStart(environment)
  assert.equal(code, 78, said)
  assert.match(said, about)
  assert.equal(said.trim().split('\n').length, 1, said)
}

test('a second server on the same data folder does not start', () =>
  assertOneSentence(
    { TAKEBACK_DATA_DIR: join(folder.path, 'data') },
    /^TAKEBACK_DATA_DIR .* another Takeback runs on it\.$/m,
  ))

test('a port that is taken is named', () =>
  assertOneSentence(
    { TAKEBACK_PORT: new URL(server.url).port },
    /^TAKEBACK_HOST 127\.0\.0\.1 and TAKEBACK_PORT \d+ cannot be listened on/,
  ))

test('so is one for commands', async () => {
  const taken = new URL(server.url).port
  await assertOneSentence(
    { TAKEBACK_ADMIN_PORT: taken },
    /^TAKEBACK_ADMIN_PORT \d+ cannot be listened on/,
  )
  await assertOneSentence({ TAKEBACK_ADMIN_PORT: 'no' }, /^TAKEBACK_ADMIN_PORT must be a number/)
})

test('a data folder that is a file is named', () => {
  const file = join(folder.path, 'file')
  writeFileSync(file, '')
  return assertOneSentence({ TAKEBACK_DATA_DIR: file }, /^TAKEBACK_DATA_DIR .*file cannot be used/)
})

test('a port that is none is named', () =>
  assertOneSentence({ TAKEBACK_PORT: 'http' }, /^TAKEBACK_PORT must be a number/))

test('nobody else on the machine can read the data', () => {
  const data = join(folder.path, 'data')
  assert.equal(statSync(data).mode & 0o077, 0)
  for (const name of readdirSync(data))
    assert.equal(statSync(join(data, name)).mode & 0o077, 0, name)
})
