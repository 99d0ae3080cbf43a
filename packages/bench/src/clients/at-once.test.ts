import assert from 'node:assert/strict'
import { test } from 'node:test'
import { atOnce } from './at-once.ts'

test('a list is worked through, so many at a time', async () => {
  let under = 0
  let most = 0
  const done: number[] = []
  await atOnce(3, [1, 2, 3, 4, 5, 6, 7], async (item) => {
    most = Math.max(most, ++under)
    await new Promise((resolve) => setImmediate(resolve))
    under--
    done.push(item)
  })
  assert.deepEqual(
    done.toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7],
  )
  assert.equal(most, 3)
})
