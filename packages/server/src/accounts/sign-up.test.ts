// both engines
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Input, Output } from '@takeback/protocol/endpoints/registry.ts'
import { newName, refused, rowsOf } from '../../test/rooms.ts'
import { startTestCore } from '../../test/world.ts'

const tested = await startTestCore()
after(() => tested.close())

const signUp = (change: Partial<Input<'accounts.sign_up'>> = {}) =>
  tested.core.call(
    'accounts.sign_up',
    { device_name: 'Test device' },
    {
      username: newName(),
      display_name: 'Ann',
      password: 'correct horse battery',
      birth_date: '1990-05-05',
      ...change,
    },
  ) as Promise<Output<'accounts.sign_up'>>

describe('signing up', () => {
  test('opens an account, signs this device in, and starts an empty log', async () => {
    const username = newName()
    const { account, session } = await signUp({ username, display_name: 'Ann ❤️' })
    assert.deepEqual(account, {
      id: account.id,
      username,
      display_name: 'Ann ❤️',
      bio: '',
      birth_date: '1990-05-05',
      created_at: tested.clock(),
      settings: { who_can_message: 'friends' },
    })
    assert.ok(session.token)
    assert.deepEqual(await tested.core.authenticate(session.token), {
      account_id: account.id,
      device_id: session.device_id,
    })
    assert.equal((await tested.core.head(account.id)).head, 0)
  })

  test('under 18 starts with No one, adults with friends; the birthday itself counts', async () => {
    const settingOf = async (birth_date: string) =>
      (await signUp({ birth_date })).account.settings.who_can_message
    assert.equal(await settingOf('2008-01-15'), 'friends')
    assert.equal(await settingOf('2008-01-16'), 'no_one')
    assert.equal(await settingOf('2015-06-01'), 'no_one')
  })

  test('usernames are kept in lower case, and taken whatever the case', async () => {
    const username = newName()
    assert.equal((await signUp({ username: username.toUpperCase() })).account.username, username)
    await refused(signUp({ username }), 'username_taken')
    await refused(signUp({ username: username.toUpperCase() }), 'username_taken')
  })

  test('R · of ten who want the same name at once, one gets it, the others leave nothing behind', async () => {
    const username = newName()
    const before = await rowsOf(tested, 'accounts')
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => signUp({ username })),
    )
    const won = outcomes.filter(({ status }) => status === 'fulfilled')
    assert.equal(won.length, 1)
    await Promise.all(
      outcomes
        .filter((outcome) => outcome.status === 'rejected')
        .map((outcome) => refused(Promise.reject(outcome.reason as Error), 'username_taken')),
    )
    const [accounts, logs] = [await rowsOf(tested, 'accounts'), await rowsOf(tested, 'logs')]
    assert.equal(accounts.length, before.length + 1)
    assert.equal(logs.length, accounts.length)
  })

  const names: Record<string, string> = {
    NUL: 'Ann\0',
    'a lone surrogate': '\ud83dAnn',
    'a bidi override': 'Ann\u202e',
    'an Arabic letter mark': 'Ann\u061c',
    'a line break': 'Ann\nAdmin',
    'nothing to see': '\u200b\u3164',
    '51 characters': 'x'.repeat(51),
  }
  for (const [why, display_name] of Object.entries(names))
    test(`a display name with ${why} is refused, and no account is made`, async () => {
      const username = newName()
      await refused(signUp({ username, display_name }), 'invalid_input')
      await signUp({ username })
    })

  test('combining marks and right-to-left names are kept to the byte', async () => {
    for (const display_name of ['Zoe\u0308', 'a\u0323\u0307', 'שרה', 'محمّد'])
      assert.equal((await signUp({ display_name })).account.display_name, display_name)
  })

  for (const birth_date of ['2026-02-30', '2027-01-01', '1850-01-01', '0001-01-01'])
    test(`nobody was born on ${birth_date}`, async () => {
      await refused(signUp({ birth_date }), 'invalid_input')
    })
})
