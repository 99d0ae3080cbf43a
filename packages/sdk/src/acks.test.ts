import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cursor } from '@takeback/protocol/events.ts'
import { createTestClock } from '../test/clock.ts'
import { createAcks } from './acks.ts'

const cursor = (seq: number): Cursor => ({ epoch: '0'.repeat(26), seq })

function setUp(random = () => 0.5) {
  const clock = createTestClock()
  const posted: number[] = []
  const acks = createAcks(clock, random, ({ seq }) => posted.push(seq))
  return { clock, posted, acks }
}

test('S10: the first ack goes out at once, so that one message is marked delivered without delay', () => {
  const { acks, posted } = setUp()
  acks.note(cursor(1))
  assert.deepEqual(posted, [1])
})

test('S10: what is applied soon after is acknowledged together, and the last is never left out', () => {
  const { acks, clock, posted } = setUp()
  for (const seq of [1, 2, 3, 4]) acks.note(cursor(seq))
  clock.advance(250)
  assert.deepEqual(posted, [1], 'not more than one in 250 ms')
  clock.advance(100)
  assert.deepEqual(posted, [1, 4])
  clock.advance(1000)
  assert.deepEqual(posted, [1, 4], 'nothing new, nothing said')
})

test('devices that began together do not stay in step', () => {
  const second = (chance: number) => {
    const { acks, clock, posted } = setUp(() => chance)
    acks.note(cursor(1))
    acks.note(cursor(2))
    clock.advance(300)
    return posted.includes(2)
  }
  assert.equal(second(0), true)
  assert.equal(second(0.99), false)
})

test('nothing goes out once it is stopped', () => {
  const { acks, clock, posted } = setUp()
  acks.note(cursor(1))
  acks.note(cursor(2))
  acks.stop()
  clock.advance(1000)
  assert.deepEqual(posted, [1])
})
