import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { canEdit, canUnsend } from './can-change.ts'

const MINUTE = 60_000
const rules = { window: 15 * MINUTE, times: 5 }
const fresh = { sent_at: 1_000_000, edit_count: 0, unsent_at: null }

describe('canEdit', () => {
  const at = (age: number, change: Partial<{ edit_count: number; unsent_at: number }> = {}) =>
    canEdit({ ...fresh, ...change }, rules, fresh.sent_at + age)

  test('15 minutes, the last moment included', () => {
    assert.equal(at(0), null)
    assert.equal(at(15 * MINUTE), null)
    assert.equal(at(15 * MINUTE + 1)?.code, 'edit_window_closed')
    assert.equal(at(15 * MINUTE + 1)?.extras.until, fresh.sent_at + 15 * MINUTE)
  })

  test('at most five times', () => {
    assert.equal(at(0, { edit_count: 4 }), null)
    assert.equal(at(0, { edit_count: 5 })?.code, 'edit_window_closed')
  })

  test('U1 · never once unsent, whatever else holds', () => {
    for (const age of [0, 15 * MINUTE + 1])
      assert.equal(at(age, { unsent_at: 1, edit_count: 5 })?.code, 'message_gone')
  })

  test('C · a clock that went back closes no window', () => {
    assert.equal(at(-MINUTE), null)
  })

  test('the operator may switch editing off', () => {
    assert.equal(
      canEdit(fresh, { window: 15 * MINUTE, times: 0 }, fresh.sent_at)?.code,
      'edit_window_closed',
    )
  })
})

describe('canUnsend', () => {
  test('at any age, unless the operator set a window', () => {
    assert.equal(canUnsend(fresh, null, Number.MAX_SAFE_INTEGER), null)
    assert.equal(canUnsend(fresh, MINUTE, fresh.sent_at + MINUTE), null)
    assert.equal(canUnsend(fresh, MINUTE, fresh.sent_at + MINUTE + 1)?.code, 'unsend_window_closed')
  })
})
