import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hueOf, initials } from './names.ts'

test('initials take whole graphemes of the first and last word', () => {
  assert.equal(initials('Mira Okafor'), 'MO')
  assert.equal(initials('ada'), 'A')
  assert.equal(initials('  Jean Luc  Picard '), 'JP')
  assert.equal(initials('👩‍🚀 Eva'), '👩‍🚀E')
  assert.equal(initials('   '), '')
})

test('a hue stays with its id and spreads', () => {
  assert.equal(hueOf('01k0000000000000000000000a'), hueOf('01k0000000000000000000000a'))
  const hues = new Set(Array.from({ length: 50 }, (_, i) => hueOf(`01k00000000000000000000${i}`)))
  assert.ok(hues.size > 35)
})
