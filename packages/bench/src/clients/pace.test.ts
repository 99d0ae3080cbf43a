import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTurn } from './pace.ts'

test('kinds of work take turns, each as often as asked, whatever is not answered yet', async () => {
  const begun: string[] = []
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const [first, second] = await inTurn(10_000, 5, [
    async () => {
      begun.push('a')
      await released
      return 1
    },
    async () => {
      begun.push('b')
      // Only once everything has been begun may the others end.
      if (begun.length === 10) release()
      return 2
    },
  ])
  assert.deepEqual(begun, ['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b'])
  assert.deepEqual(first, [1, 1, 1, 1, 1])
  assert.deepEqual(second, [2, 2, 2, 2, 2])
})
