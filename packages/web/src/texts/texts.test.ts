import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusalCodes, remedies } from '@takeback/protocol/refusals.ts'
import { en } from './en.ts'
import { t } from './t.ts'

function leaves(node: object, path = ''): [string, string][] {
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'string'
      ? [[`${path}${key}`, value] as [string, string]]
      : leaves(value as object, `${path}${key}.`),
  )
}

test('every refusal and every remedy has a text in the app, and no other has (E1)', () => {
  assert.deepEqual(Object.keys(en.refusals).sort(), [...refusalCodes].sort())
  assert.deepEqual(Object.keys(en.remedies).sort(), Object.keys(remedies).sort())
})

test('texts are plain: no exclamation marks, no stray spaces, nothing empty', () => {
  for (const [key, text] of leaves(en)) {
    assert.notEqual(text.trim(), '', key)
    assert.equal(text, text.trim(), key)
    assert.doesNotMatch(text, /!/, key)
    assert.doesNotMatch(text, / {2}/, key)
  }
})

test('every plural has both of its forms', () => {
  const keys = new Set(leaves(en).map(([key]) => key))
  for (const key of keys)
    if (key.endsWith('_one')) assert.ok(keys.has(key.replace(/_one$/, '_other')), key)
})

test('plurals and names are filled in', () => {
  assert.equal(t('conversation.unsent_run', { count: 1 }), 'Message unsent')
  assert.equal(t('conversation.unsent_run', { count: 3 }), '3 messages unsent')
  assert.equal(t('block.title', { name: '<b>Mira</b>' }), 'Block <b>Mira</b>?')
})
