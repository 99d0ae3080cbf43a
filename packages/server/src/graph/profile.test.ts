// both engines
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { newName, refused } from '../../test/rooms.ts'
import { seedFor } from '../../test/seed.ts'
import { startTestCore } from '../../test/world.ts'
import { foldName } from './profile.ts'

const tested = await startTestCore()
after(() => tested.close())

const me = await tested.person(newName('me'))
const named = async (display_name: string) => {
  const person = await tested.person(newName('zz'))
  await person.call('me.update', { display_name })
  return person
}
const found = async (q: string, limit?: number) =>
  (await me.call('accounts.search', { q, ...(limit === undefined ? {} : { limit }) })).items.map(
    ({ username }) => username,
  )

describe('search', () => {
  const findable: [string, string[]][] = [
    ['Zoë Ångström', ['zoe', 'ZOË', 'zoe\u0308', 'zoe angs', 'Zoë Å']],
    ['ΟΔΥΣΣΕΥΣ', ['οδυσ', 'ΟΔΥΣ', 'Οδυσσεύς', 'οδυσσευσ']],
    ['Jürgen', ['jur', 'JÜR']],
    ['李雷', ['李', '李雷']],
    ['محمد', ['محم', 'مُحَمَّد']],
    ['İpek', ['ipek', 'İPEK']],
    ['ﬁnn', ['finn', 'FI']],
    ['Ｗｉｄｅ', ['wide']],
    ['50% off_', ['50%', '50% off_']],
  ]
  for (const [name, queries] of findable)
    test(`${name} is found by ${queries.join(', ')}`, async () => {
      const person = await named(name)
      for (const q of queries) assert.ok((await found(q, 100)).includes(person.username), q)
    })

  test('by the start of the username, with or without @, in any case, spaces around', async () => {
    const person = await tested.person(newName('findme'))
    for (const q of ['findme', '@findme', ' FindMe ', person.username])
      assert.ok((await found(q)).includes(person.username), q)
  })

  test('only from the start; wildcards are letters like others; nothing finds nobody', async () => {
    const person = await tested.person(newName('middle'))
    await person.call('me.update', { display_name: 'Qqone Qqtwo' })
    assert.ok((await found('qqone')).includes(person.username))
    for (const q of [
      'qqtwo',
      'iddle',
      '%qqone',
      '_qone',
      '%',
      'qqone%',
      '@',
      ' ',
      '\u0301',
      "'",
      '\uffff',
    ])
      assert.ok(!(await found(q)).includes(person.username), q)
  })

  test('each person once, by username, at most as many as asked for, never myself', async () => {
    const people = [
      await tested.person('twin1'),
      await tested.person('twin2'),
      await tested.person('twin3'),
    ]
    assert.deepEqual(await found('twin'), ['twin1', 'twin2', 'twin3'])
    assert.deepEqual(await found('twin', 2), ['twin1', 'twin2'])
    assert.deepEqual(
      (await people[0]?.call('accounts.search', { q: 'twin' }))?.items.map(
        ({ username }) => username,
      ),
      ['twin2', 'twin3'],
    )
  })

  test('a new name is found, the old one no more', async () => {
    const person = await named('Wwbefore')
    await person.call('me.update', { display_name: 'Wwafter' })
    assert.deepEqual(await found('wwafter'), [person.username])
    assert.deepEqual(await found('wwbefore'), [])
  })
})

describe('profiles', () => {
  test('by username in any case; nobody is not_found', async () => {
    const person = await tested.person(newName('prof'))
    assert.deepEqual(await me.call('accounts.get', { username: person.username.toUpperCase() }), {
      id: person.account_id,
      username: person.username,
      display_name: person.username,
      bio: '',
      relation: { following: false, followed_by: false, friends: false, blocked: false },
    })
    await refused(me.call('accounts.get', { username: 'nobody.at.all' }), 'not_found')
  })
})

test('folding is idempotent and blind to case and accents', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (name) => {
      const folded = foldName(name)
      assert.equal(foldName(folded), folded)
      assert.equal(foldName(name.normalize('NFD')), foldName(name.normalize('NFC')))
    }),
    { seed: seedFor(t), numRuns: 1000 },
  )
})
