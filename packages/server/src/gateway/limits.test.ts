import assert from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Draw, SharedDraws } from '../bus/bus.ts'
import { addressKey } from './address.ts'
import { createLimits, type Limit } from './limits.ts'

function limited(limit: Limit | null, maxBuckets?: number) {
  let now = 1_000_000
  const none = { read: null, write: null, send: null, lookup: null, sign_in: null, sign_up: null }
  const limits = createLimits(
    { ...none, send: limit },
    () => now,
    maxBuckets === undefined ? {} : { maxBuckets },
  )
  return {
    move: (ms: number) => (now += ms),
    /** Draws once: null, or the seconds to wait. */
    draw(whom = 'mira'): number | null {
      try {
        limits.draw('send', whom)
        return null
      } catch (error) {
        assert.ok(error instanceof Refusal)
        assert.equal(error.code, 'rate_limited')
        return error.extras.retry_after ?? assert.fail('no retry_after')
      }
    },
  }
}

const draws = (count: number, draw: () => number | null) => Array.from({ length: count }, draw)

describe('a token bucket', () => {
  test('gives its burst at once, then one per refill', () => {
    const { draw, move } = limited({ burst: 3, perSecond: 0.5 })
    assert.deepEqual(
      draws(5, () => draw()),
      [null, null, null, 2, 2],
    )
    move(1999)
    assert.equal(draw(), 1)
    move(1)
    assert.deepEqual(
      draws(2, () => draw()),
      [null, 2],
    )
  })

  test('tells the whole seconds after which one more is allowed, and it is', () => {
    const { draw, move } = limited({ burst: 1, perSecond: 0.3 })
    draw()
    const wait = draw() ?? assert.fail('it should be empty')
    assert.equal(wait, 4)
    move(wait * 1000)
    assert.equal(draw(), null)
  })

  test('never holds more than its burst', () => {
    const { draw, move } = limited({ burst: 2, perSecond: 1 })
    move(3_600_000)
    assert.deepEqual(
      draws(3, () => draw()),
      [null, null, 1],
    )
  })

  test('being refused costs nothing and refills nothing', () => {
    const { draw, move } = limited({ burst: 1, perSecond: 1 })
    draw()
    for (let n = 0; n < 9; n++) {
      move(100)
      assert.equal(draw(), 1)
    }
    move(100)
    assert.equal(draw(), null)
  })

  test('is not refilled by a clock that steps back', () => {
    const { draw, move } = limited({ burst: 2, perSecond: 1 })
    draws(2, () => draw())
    for (let n = 0; n < 5; n++) {
      move(-3_600_000)
      assert.equal(draw(), 1)
    }
  })

  test('is one’s own', () => {
    const { draw } = limited({ burst: 1, perSecond: 1 })
    assert.deepEqual([draw('mira'), draw('jonas'), draw('mira')], [null, null, 1])
  })

  test('that is off holds nobody', () => {
    const { draw } = limited(null)
    assert.ok(draws(1000, () => draw()).every((wait) => wait === null))
  })

  test('in use is not forgotten for a flood of others, and the flood stays bounded', () => {
    const { draw } = limited({ burst: 1, perSecond: 0.001 }, 10)
    draw('guesser')
    for (let n = 0; n < 1000; n++) {
      draw(`name ${n}`)
      assert.notEqual(draw('guesser'), null)
    }
  })
})

/** Nodes that draw from the same budgets, over a bus that can be taken away. */
function nodes(count: number, limit: Limit) {
  mock.timers.enable({ apis: ['setTimeout'] })
  let now = 1_000_000
  let up = true
  const listeners: ((draws: readonly Draw[]) => void)[] = []
  const told: Draw[] = []
  const off = { read: null, write: null, send: null, lookup: null, sign_in: null, sign_up: null }
  const limiters = Array.from({ length: count }, (_, own) => {
    const shared: SharedDraws = {
      bucketName: (bucket) => `name of ${bucket.length}`,
      shareDraws(draws) {
        if (!up) return
        told.push(...draws)
        listeners.forEach((listener, node) => node !== own && listener(draws))
      },
      onDraws: (listener) => void (listeners[own] = listener),
    }
    return createLimits({ ...off, send: limit }, () => now, { shared })
  })
  return {
    told,
    /** Draws as often as it can, up to `times`; how often that was. */
    draw(node: number, times: number, whom = 'mira'): number {
      for (let drawn = 0; drawn < times; drawn++)
        try {
          limiters[node]?.draw('send', whom)
        } catch (error) {
          assert.ok(error instanceof Refusal && error.code === 'rate_limited')
          return drawn
        }
      return times
    },
    /** Time passes, and with it the nodes tell each other. */
    move(ms: number): void {
      for (let passed = 0; passed < ms; passed += 100) {
        now += Math.min(100, ms - passed)
        mock.timers.tick(100)
      }
    },
    cut: () => (up = false),
    heal: () => (up = true),
    [Symbol.dispose]: () => mock.timers.reset(),
  }
}

describe('a token bucket of several nodes', () => {
  test('is one: what is drawn on a node is gone on the others', () => {
    using service = nodes(2, { burst: 10, perSecond: 0.001 })
    assert.equal(service.draw(0, 6), 6)
    service.move(100)
    assert.equal(service.draw(1, 10), 4)
    service.move(100)
    assert.deepEqual([service.draw(0, 1), service.draw(1, 1)], [0, 0])
  })

  test('is never waited for: within a moment each node gives what it has, and owes it later', () => {
    using service = nodes(3, { burst: 10, perSecond: 1 })
    assert.deepEqual(
      [0, 1, 2].map((node) => service.draw(node, 99)),
      [10, 10, 10],
    )
    service.move(20_000)
    assert.deepEqual(
      [0, 1, 2].map((node) => service.draw(node, 99)),
      [0, 0, 0],
    )
    service.move(1000)
    assert.equal(service.draw(2, 99), 1)
  })

  test('holds its rate over any time, however draws are spread', () => {
    const spreads = {
      'on every node at once': () => [0, 1, 2],
      'on one after the other': (second: number) => [second % 3],
      'in bursts, after pauses': (second: number) => (second % 20 === 0 ? [0, 1, 2] : []),
    }
    for (const [spread, on] of Object.entries(spreads)) {
      using service = nodes(3, { burst: 10, perSecond: 1 })
      let drawn = 0
      for (let second = 0; second < 3600; second++) {
        for (const node of on(second)) drawn += service.draw(node, 99)
        service.move(1000)
      }
      // Over the rate only what the nodes gave before they had heard of each other, once.
      assert.ok(drawn <= 3600 + 3 * 10, `${drawn} in an hour, ${spread}`)
      assert.ok(drawn >= 900, `${drawn} in an hour, ${spread}`)
    }
  })

  test('is one for each node while the bus is down, and one again after', () => {
    using service = nodes(2, { burst: 10, perSecond: 0.001 })
    service.cut()
    assert.equal(service.draw(0, 4), 4)
    service.move(100)
    assert.equal(service.draw(1, 3), 3)
    service.move(100)
    service.heal()
    assert.equal(service.draw(0, 2), 2)
    service.move(100)
    assert.deepEqual([service.draw(0, 99), service.draw(1, 99)], [4, 5])
  })

  test('being refused costs nothing elsewhere either', () => {
    using service = nodes(2, { burst: 5, perSecond: 0.001 })
    service.draw(0, 5)
    for (let n = 0; n < 100; n++) assert.equal(service.draw(0, 1), 0)
    service.move(100)
    assert.equal(
      service.told.reduce((sum, { count }) => sum + count, 0),
      5,
    )
  })

  test('is told of in sums, by a name that says nothing of whom it holds', () => {
    using service = nodes(2, { burst: 100, perSecond: 1 })
    service.draw(0, 30, '203.0.113.9 mira')
    service.move(100)
    assert.deepEqual(service.told, [{ budget: 'send', bucket: 'name of 16', count: 30 }])
    service.move(1000)
    assert.equal(service.told.length, 1, 'a node that draws nothing tells nothing')
  })

  test('owes no more than four bursts, whatever is said of it', () => {
    using service = nodes(9, { burst: 10, perSecond: 1 })
    for (let node = 0; node < 9; node++) service.draw(node, 10)
    service.move(40_000)
    assert.equal(service.draw(0, 99), 0)
    service.move(1200)
    assert.equal(service.draw(0, 99), 1)
  })
})

test('addresses are limited by the network that one customer has', () => {
  assert.equal(addressKey('203.0.113.9'), '203.0.113.9')
  assert.equal(addressKey('::ffff:203.0.113.9'), '203.0.113.9')
  assert.equal(addressKey('2001:db8:1:2:3:4:5:6'), addressKey('2001:db8:1:2:ffff::1'))
  assert.notEqual(addressKey('2001:db8:1:2::1'), addressKey('2001:db8:1:3::1'))
  assert.equal(addressKey('fe80::1%eth0'), addressKey('fe80::2'))
  assert.equal(addressKey('not an address'), 'not an address')
})
