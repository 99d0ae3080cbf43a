/** Forged, moved, repeated, late and broken frames change nothing (B1). */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import type { AccountId, DeviceId } from '@takeback/protocol/ids.ts'
import { createIds } from '../ids.ts'
import { createFrames, derivedName } from './frame.ts'

const ids = createIds(Date.now)
const KEY = ids.secret()
const MINUTE = 60_000

function pair(key = KEY) {
  let now = 1_800_000_000_000
  const clock = () => now
  const from = createFrames(key, 'one', clock)
  const to = createFrames(KEY, 'two', clock)
  return {
    from,
    to,
    move: (ms: number) => (now += ms),
    read: (subject: string, frame: string) => to.read(subject, Buffer.from(frame)),
  }
}

/** A frame as somebody with the key could write it, whatever it says. */
function signed(subject: string, body: unknown, key = KEY): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return (
    createHmac('sha256', key).update(`${subject}\n${text}`).digest('base64url').slice(0, 22) + text
  )
}

describe('a frame', () => {
  test('says what was written, and which node wrote it', () => {
    const { from, read } = pair()
    const said = read('subject', from.write('subject', { poke: 7 }))
    assert.deepEqual([said?.node, said?.number, said?.poke], ['one', 1, 7])
  })

  test('of another installation is nothing, draws included', () => {
    const { from, read } = pair(ids.secret())
    const draws = [{ budget: 'sign_in' as const, bucket: 'bucket', count: 1000 }]
    assert.equal(read('subject', from.write('subject', { draws })), null)
  })

  test('counts under the subject for which it was written', () => {
    const { from, read } = pair()
    const frame = from.write('subject', { poke: 7 })
    assert.equal(read('another', frame), null)
    assert.equal(read('subject\n', frame), null)
    assert.notEqual(read('subject', frame), null)
  })

  test('with any byte changed is nothing', () => {
    const { from, to } = pair()
    const frame = Buffer.from(from.write('subject', { revoked: [ids.next<DeviceId>()] }))
    for (let at = 0; at < frame.length; at++) {
      const changed = Buffer.from(frame)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      assert.equal(to.read('subject', changed), null, `byte ${at}`)
    }
    for (let length = 0; length < frame.length; length++)
      assert.equal(to.read('subject', frame.subarray(0, length)), null)
    assert.notEqual(to.read('subject', frame), null)
  })

  test('is read once', () => {
    const { from, read } = pair()
    const frame = from.write('subject', { poke: 7 })
    assert.notEqual(read('subject', frame), null)
    assert.equal(read('subject', frame), null)
  })

  test('that a later one has overtaken is nothing', () => {
    const { from, read } = pair()
    const [first, second] = [from.write('subject', { poke: 1 }), from.write('subject', { poke: 2 })]
    assert.notEqual(read('subject', second), null)
    assert.equal(read('subject', first), null)
  })

  test('is forgotten no sooner than it has become too old to be read', () => {
    const { from, read, move } = pair()
    const frame = from.write('subject', { poke: 7 })
    assert.notEqual(read('subject', frame), null)
    for (let minute = 0; minute < 10; minute++) {
      move(MINUTE)
      assert.equal(read('subject', frame), null)
    }
  })

  test('of a node whose clock is up to a minute off is read, any other is not', () => {
    for (const [off, counts] of [
      [MINUTE, true],
      [-MINUTE, true],
      [MINUTE + 1, false],
      [-MINUTE - 1, false],
    ] as const) {
      const { from, read, move } = pair()
      const frame = from.write('subject', { poke: 7 })
      move(off)
      assert.equal(read('subject', frame) !== null, counts, `${off} ms`)
    }
  })

  test('of one’s own is nothing', () => {
    const { from } = pair()
    assert.equal(from.read('subject', Buffer.from(from.write('subject', { poke: 7 }))), null)
  })

  test('of the wrong shape is nothing, also if it is signed', () => {
    const { read } = pair()
    let number = 0
    const base = () => ({ node: 'three', number: ++number, at: 1_800_000_000_000 })
    const account = ids.next<AccountId>()
    assert.notEqual(read('s', signed('s', { ...base(), connected: [account] })), null)
    const wrong: unknown[] = [
      '',
      'null',
      '[]',
      '{',
      '7',
      { ...base(), poke: -1 },
      { ...base(), poke: 1.5 },
      { ...base(), poke: '1' },
      { ...base(), at: null },
      { ...base(), node: '' },
      { ...base(), node: 'x'.repeat(65) },
      { ...base(), text: 'content' },
      { ...base(), connected: ['content'] },
      { ...base(), connected: account },
      { ...base(), revoked: [account.toUpperCase()] },
      { ...base(), typing: [{ by: account }] },
      { ...base(), draws: [{ budget: 'other', bucket: 'bucket', count: 1 }] },
      { ...base(), draws: [{ budget: 'send', bucket: 'bucket', count: -5 }] },
      { ...base(), draws: [{ budget: 'send', bucket: '203.0.113.9 mira', count: 1 }] },
      { poke: 1 },
    ]
    for (const body of wrong) assert.equal(read('s', signed('s', body)), null, JSON.stringify(body))
  })

  test('too large to be one of ours is not looked at', () => {
    const { read } = pair()
    const many = Array.from({ length: 20_000 }, () => ids.next<AccountId>())
    const frame = { node: 'three', number: 1, at: 1_800_000_000_000, connected: many }
    assert.equal(read('s', signed('s', frame)), null)
  })
})

test('names that are derived of a key differ with it, and fit in a subject', () => {
  assert.match(derivedName(KEY, 'subjects'), /^[0-9A-Za-z_-]{22}$/)
  assert.equal(derivedName(KEY, 'subjects'), derivedName(KEY, 'subjects'))
  assert.notEqual(derivedName(KEY, 'subjects'), derivedName(ids.secret(), 'subjects'))
  assert.notEqual(derivedName(KEY, '203.0.113.9'), derivedName(KEY, '203.0.113.8'))
})
