import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messagesFrom } from './age.ts'

test('messages begin with the sixteenth birthday', () => {
  assert.equal(messagesFrom('2012-03-04'), Date.UTC(2028, 2, 4))
  assert.equal(messagesFrom('2010-12-31'), Date.UTC(2026, 11, 31))
})

test('born on 29 February: that day where the year has it, else the day after', () => {
  assert.equal(messagesFrom('2012-02-29'), Date.UTC(2028, 1, 29))
})
