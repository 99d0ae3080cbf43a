// both engines
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { followLog, newName, refused } from '../../test/rooms.ts'
import { startTestCore } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())

test('settings change on all my devices at once: one event in my log, with how I am now', async () => {
  const person = await tested.person(newName())
  const other = await person.anotherDevice()
  const log = await followLog(tested, other)
  assert.deepEqual(await person.call('settings.update', { who_can_message: 'no_one' }), {
    who_can_message: 'no_one',
  })
  const { events, me } = await log.read()
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['me.updated'],
  )
  assert.equal(me?.settings.who_can_message, 'no_one')
  assert.deepEqual(await other.call('settings.get', {}), { who_can_message: 'no_one' })
})

test('what is not given stays as it is', async () => {
  const person = await tested.person(newName())
  await person.call('me.update', { bio: 'likes rain' })
  await person.call('me.update', { display_name: 'Ann' })
  await person.call('settings.update', {})
  const me = await person.call('me.get', {})
  assert.deepEqual(
    [me.bio, me.display_name, me.settings.who_can_message],
    ['likes rain', 'Ann', 'friends'],
  )
})

test('a name or bio that cannot be stored or would turn text is refused, and nothing changes', async () => {
  const person = await tested.person(newName())
  const before = await person.call('me.get', {})
  for (const change of [
    { display_name: 'x\u202e' },
    { display_name: '\0' },
    { display_name: ' ' },
    { bio: '\0' },
    { bio: '\ud83d' },
  ])
    await refused(person.call('me.update', { ...change }), 'invalid_input')
  assert.deepEqual(await person.call('me.get', {}), before)
})

test('settings.update of another setting keeps name and bio, and the other way round', async () => {
  const person = await tested.person(newName())
  await Promise.all([
    person.call('settings.update', { who_can_message: 'no_one' }),
    person.call('me.update', { display_name: 'Both' }),
    person.call('me.update', { bio: 'kept' }),
  ])
  const me = await person.call('me.get', {})
  assert.deepEqual(
    [me.display_name, me.bio, me.settings.who_can_message],
    ['Both', 'kept', 'no_one'],
  )
})
