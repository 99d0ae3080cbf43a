// both engines
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Hint } from '../core/types.ts'
import { newName, refused, rowsOf } from '../../test/rooms.ts'
import { MINUTE, startTestCore } from '../../test/world.ts'
import { hashToken } from './sessions.ts'

const tested = await startTestCore()
after(() => tested.close())

let hints: Hint[] = []
tested.core.onHint((hint) => void hints.push(hint))

test('tokens are 256 bits, all different', async () => {
  const person = await tested.person(newName())
  const tokens = [person, await person.anotherDevice(), await person.anotherDevice()].map(
    ({ token }) => token,
  )
  assert.equal(new Set(tokens).size, 3)
  for (const token of tokens) assert.equal(Buffer.from(token, 'base64url').length, 32)
})

test('at rest there is only a hash: no token stands in what the store keeps', async () => {
  const person = await tested.person(newName())
  const other = await person.anotherDevice()
  const kept = await tested.database.atRest()
  assert.ok(kept.includes(hashToken(person.token)), 'the hash is there')
  for (const { token } of [person, other]) {
    assert.equal(kept.includes(token), false)
    assert.equal(kept.includes(Buffer.from(token, 'base64url')), false)
  }
})

test('a token that is none of ours is not_signed_in; the hash of one is none', async () => {
  const person = await tested.person(newName())
  for (const token of [
    '',
    'x',
    hashToken(person.token),
    `${person.token} `,
    person.token.slice(0, -1),
  ])
    await refused(tested.core.authenticate(token), 'not_signed_in')
})

test('the list shows my devices, newest first, and which one is this', async () => {
  const person = await tested.person(newName())
  tested.clock.advance(MINUTE)
  const other = await person.anotherDevice()
  const { items } = await person.call('sessions.list', {})
  assert.deepEqual(items, [
    {
      id: other.device_id,
      name: 'Another device',
      current: false,
      created_at: tested.clock(),
      last_seen_at: tested.clock(),
    },
    {
      id: person.device_id,
      name: 'Test device',
      current: true,
      created_at: tested.clock() - MINUTE,
      last_seen_at: tested.clock() - MINUTE,
    },
  ])
  assert.equal(
    (await other.call('sessions.list', {})).items.find(({ current }) => current)?.id,
    other.device_id,
  )
})

test('S1 · revoking signs that device out, tells the gateways after the commit, and leaves the others', async () => {
  const person = await tested.person(newName())
  const other = await person.anotherDevice()
  hints = []
  await person.call('sessions.revoke', { device_id: other.device_id })
  assert.deepEqual(hints, [{ type: 'revoked', device_id: other.device_id }])
  await refused(tested.core.authenticate(other.token), 'session_revoked')
  assert.equal((await tested.core.authenticate(person.token)).device_id, person.device_id)
  assert.deepEqual(
    (await person.call('sessions.list', {})).items.map(({ id }) => id),
    [person.device_id],
  )
  await person.call('sessions.revoke', { device_id: other.device_id })
  assert.deepEqual((await tested.core.heads([], [person.device_id, other.device_id])).revoked, [
    other.device_id,
  ])
})

test('one may revoke the device one holds', async () => {
  const person = await tested.person(newName())
  await person.call('sessions.revoke', { device_id: person.device_id })
  await refused(tested.core.authenticate(person.token), 'session_revoked')
})

test('another person’s device is not_found, like one that never was, and stays signed in', async () => {
  const [person, stranger] = [await tested.person(newName()), await tested.person(newName())]
  hints = []
  await refused(stranger.call('sessions.revoke', { device_id: person.device_id }), 'not_found')
  await refused(
    stranger.call('sessions.revoke', {
      device_id: person.account_id as string as typeof person.device_id,
    }),
    'not_found',
  )
  assert.deepEqual(hints, [])
  assert.ok(await tested.core.authenticate(person.token))
})

test('when a device was last seen is renewed as it comes back, in steps', async () => {
  const person = await tested.person(newName())
  const seen = async () => {
    // The renewal is not waited for by the call that made it; this transaction comes after it.
    await tested.store.transact(async () => {})
    const rows = (await rowsOf(tested, 'devices')) as { id: string; last_seen_at: number }[]
    return rows.find(({ id }) => id === person.device_id)?.last_seen_at
  }
  const start = tested.clock()
  tested.clock.advance(MINUTE)
  await tested.core.authenticate(person.token)
  assert.equal(await seen(), start)
  tested.clock.advance(10 * MINUTE)
  await tested.core.authenticate(person.token)
  assert.equal(await seen(), tested.clock())
})
