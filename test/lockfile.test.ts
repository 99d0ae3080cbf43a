import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missingPlatforms, readLock } from '../scripts/lock.ts'

test('the lock file names every platform package, so that npm ci works on each', () => {
  const missing = missingPlatforms(readLock()).map(({ name }) => name)
  assert.deepEqual(missing, [], 'Run `npm run lock` and commit package-lock.json.')
})

test('the lock file names no registry: anybody may install from their own', () => {
  const resolved = Object.entries(readLock().packages)
    .filter(([, entry]) => entry.resolved !== undefined && entry.link !== true)
    .map(([path]) => path)
  assert.deepEqual(resolved, [])
})
