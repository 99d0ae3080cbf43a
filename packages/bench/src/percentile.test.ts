import assert from 'node:assert/strict'
import { test } from 'node:test'
import { percentile } from './percentile.ts'

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)

test('a percentile is one of the sample: so many are not above it', () => {
  assert.equal(percentile(hundred, 0.99), 99)
  assert.equal(percentile(hundred, 0.5), 50)
  assert.equal(percentile(hundred, 1), 100)
  assert.equal(percentile(hundred, 0), 1)
  assert.equal(percentile([7], 0.99), 7)
  assert.equal(percentile([3, 1, 2], 0.5), 2)
})

test('nothing has no percentile', () => {
  assert.ok(Number.isNaN(percentile([], 0.99)))
})
