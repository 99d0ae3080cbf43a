import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { createRound } from './round.ts'

const PERIOD = 10_000

test('each is come to once in a period, in parts; who left is not, and late steps are made up for', (t) => {
  let now = 0
  t.mock.method(performance, 'now', () => now)
  mock.timers.enable({ apis: ['setInterval'] })
  const visits = new Map<number, number>()
  let largest = 0
  const round = createRound<number>(PERIOD, (some) => {
    largest = Math.max(largest, some.size)
    for (const item of some) visits.set(item, (visits.get(item) ?? 0) + 1)
  })
  const pass = (ms: number, step = 50) => {
    for (const end = now + ms; now < end; ) {
      now += step
      mock.timers.tick(step)
    }
  }
  const items = Array.from({ length: 1000 }, (_, item) => item)
  const places = items.map((item) => round.join(item))

  pass(PERIOD)
  assert.deepEqual(
    items.map((item) => visits.get(item)),
    items.map(() => 1),
  )
  assert.equal(largest, 10)

  round.leave(7, places[7] ?? 0)
  pass(PERIOD, 1000)
  assert.equal(visits.get(7), 1)
  assert.equal(visits.get(8), 2)

  // Held up for several periods, it comes to each once, not several times at once.
  now += 5 * PERIOD
  mock.timers.tick(100)
  assert.equal(visits.get(8), 3)

  round.stop()
  pass(PERIOD)
  assert.equal(visits.get(8), 3)
  mock.timers.reset()
})
