import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkSignUp } from './checks.ts'

const good = {
  username: 'mira.o',
  display_name: 'Mira',
  password: 'long enough',
  birth_date: '2001-02-03',
}
const check = (change: Partial<typeof good>) => checkSignUp({ ...good, ...change }, '2026-11-22')

test('a complete sign-up has nothing to correct', () => {
  assert.deepEqual(check({}), {})
})

test('each field says what it lacks', () => {
  assert.deepEqual(check({ username: 'a b' }), { username: 'username' })
  assert.deepEqual(check({ username: 'ab' }), { username: 'username' })
  assert.deepEqual(check({ display_name: '  ' }), { display_name: 'display_name' })
  assert.deepEqual(check({ display_name: '😀'.repeat(50) }), {})
  assert.deepEqual(check({ display_name: '😀'.repeat(51) }), { display_name: 'display_name' })
  assert.deepEqual(check({ password: 'short' }), { password: 'password' })
  assert.deepEqual(check({ birth_date: '' }), { birth_date: 'birth_date' })
  assert.deepEqual(check({ birth_date: '2027-01-01' }), { birth_date: 'birth_date_past' })
})
