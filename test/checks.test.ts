import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { root } from '../scripts/paths.ts'

/** Runs one of the workspace's tools; its findings are the failure's text. */
async function clean(tool: string, ...args: string[]): Promise<void> {
  const found = await promisify(execFile)(`node_modules/.bin/${tool}`, args, {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NO_COLOR: '1' },
  }).catch((error: { stdout?: string; stderr?: string; message: string }) => error)
  if ('message' in found)
    assert.fail(`${tool}:\n${found.stdout || found.stderr || found.message}`.slice(0, 20_000))
}

test('types hold', () => clean('tsc', '--noEmit', '--pretty', 'false', '-p', '.'))

test('no lint finding (the reasons stand in .oxlintrc.json)', () =>
  clean('oxlint', '--format', 'unix'))

test('every file is formatted; `npm run format` does it', () =>
  clean('biome', 'format', '--colors=off', '--max-diagnostics=100'))
