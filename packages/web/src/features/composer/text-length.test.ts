import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_TEXT as ON_THE_WIRE } from '@takeback/protocol/endpoints/messages.ts'
import { codePoints } from '../../format/text.ts'
import { charactersLeft, MAX_TEXT } from './text-length.ts'

test('the limit is the one of the wire contract', () => {
  assert.equal(MAX_TEXT, ON_THE_WIRE)
})

test('code points are counted, not UTF-16 units', () => {
  assert.equal(codePoints('a😀'), 2)
  assert.equal(charactersLeft('😀'.repeat(2001)), null)
})

test('what is left is said near the limit only', () => {
  assert.equal(charactersLeft('short'), null)
  assert.equal(charactersLeft('a'.repeat(3800)), null)
  assert.equal(charactersLeft('a'.repeat(3801)), 199)
  assert.equal(charactersLeft('a'.repeat(4003)), -3)
})
