import assert from 'node:assert/strict'
import { test } from 'node:test'
import { percentile, steadyPercentile } from './percentile.ts'

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

test('what happens in every stretch counts, what happens in one does not', () => {
  const calm = Array.from({ length: 1000 }, (_, index) => index % 100)
  const stalled = calm.map((value, index) => (index >= 300 && index < 400 ? value + 5000 : value))
  assert.equal(steadyPercentile(calm, 0.99), 98)
  assert.equal(steadyPercentile(stalled, 0.99), 98)
  assert.ok(percentile(stalled, 0.99) > 5000)
})
