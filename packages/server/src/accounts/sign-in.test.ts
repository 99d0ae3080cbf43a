// both engines
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Output } from '@takeback/protocol/endpoints/registry.ts'
import { newName, onTheWire, refused } from '../../test/rooms.ts'
import { startTestCore } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())
const person = await tested.person(newName())
const PASSWORD = 'correct horse battery'

const signIn = (username: string, password: string) =>
  tested.core.call(
    'sessions.sign_in',
    { device_name: 'A phone' },
    { username, password },
  ) as Promise<Output<'sessions.sign_in'>>

test('signs another device in, to the same account, with a token of its own', async () => {
  const { account, session } = await signIn(person.username, PASSWORD)
  assert.equal(account.id, person.account_id)
  assert.notEqual(session.device_id, person.device_id)
  assert.notEqual(session.token, person.token)
  assert.deepEqual(await tested.core.authenticate(session.token ?? ''), {
    account_id: person.account_id,
    device_id: session.device_id,
  })
})

test('the name as people type it: capitals, spaces around, an @ before', async () => {
  for (const typed of [
    person.username.toUpperCase(),
    ` ${person.username} `,
    `@${person.username}`,
  ])
    assert.equal((await signIn(typed, PASSWORD)).account.id, person.account_id)
})

test('a wrong password and an unknown name get the same answer, to the byte', async () => {
  const answers = await Promise.all(
    [
      [person.username, 'wrong horse battery'],
      [newName('nobody'), PASSWORD],
      [newName('nobody'), 'wrong horse battery'],
      ["' or 1=1 --", PASSWORD],
      ['%', PASSWORD],
    ].map(async ([username = '', password = '']) =>
      onTheWire(await refused(signIn(username, password), 'wrong_password')),
    ),
  )
  assert.equal(new Set(answers).size, 1)
})

test('passwords are told apart to the last character, by case and by length', async () => {
  for (const password of [
    `${PASSWORD} `,
    PASSWORD.slice(0, -1),
    PASSWORD.toUpperCase(),
    `${PASSWORD}\0`,
    '\0',
  ])
    await refused(signIn(person.username, password), 'wrong_password')
})

test('the same password typed with another keyboard is the same password (RFC 8265)', async () => {
  const username = newName()
  await tested.core.call(
    'accounts.sign_up',
    { device_name: 'x' },
    { username, display_name: 'x', password: 'pässwörter', birth_date: '1990-01-01' },
  )
  assert.equal((await signIn(username, 'pa\u0308sswo\u0308rter')).account.username, username)
})
