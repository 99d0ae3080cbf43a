import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refusal } from '@takeback/protocol/refusals.ts'
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

test('addresses are limited by the network that one customer has', () => {
  assert.equal(addressKey('203.0.113.9'), '203.0.113.9')
  assert.equal(addressKey('::ffff:203.0.113.9'), '203.0.113.9')
  assert.equal(addressKey('2001:db8:1:2:3:4:5:6'), addressKey('2001:db8:1:2:ffff::1'))
  assert.notEqual(addressKey('2001:db8:1:2::1'), addressKey('2001:db8:1:3::1'))
  assert.equal(addressKey('fe80::1%eth0'), addressKey('fe80::2'))
  assert.equal(addressKey('not an address'), 'not an address')
})
