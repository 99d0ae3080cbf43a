// both engines
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClientId } from '@takeback/protocol/ids.ts'
import { ask, type Answer, assertRefused, comparable, hello } from './talk.ts'
import { startWorld, type World } from './world.ts'

async function inWorld(environment: Record<string, string>, run: (world: World) => Promise<void>) {
  const world = await startWorld({ environment })
  try {
    await run(world)
  } finally {
    await world.close()
  }
}

const signInAs = (
  { url }: World,
  username: string,
  password: string,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  ask(url, '/v1/sessions', { method: 'POST', body: { username, password }, headers })

const PASSWORD = 'correct horse battery'

test('past its budget a call is rate_limited, with the wait in header and body', () =>
  inWorld({ TAKEBACK_LIMIT_READ: '2/0.1' }, async (world) => {
    const { token } = await world.person('mira')
    const read = () => ask(world.url, '/v1/me', { token })
    assert.deepEqual([(await read()).status, (await read()).status], [200, 200])
    const refused = await read()
    const { retry_after } = assertRefused(refused, 'rate_limited')
    assert.equal(refused.headers.get('retry-after'), '10')
    assert.equal(retry_after, 10)
  }))

test('looking people up has a budget of its own, by search, by name and together', () =>
  inWorld({ TAKEBACK_LIMIT_LOOKUP: '3/0.001' }, async (world) => {
    const { token } = await world.person('mira')
    for (const path of ['/accounts?q=a', '/accounts/nobody', '/accounts/mira'])
      await ask(world.url, `/v1${path}`, { token })
    for (const path of ['/accounts?q=b', '/accounts/jonas'])
      assertRefused(await ask(world.url, `/v1${path}`, { token }), 'rate_limited')
    assert.equal((await ask(world.url, '/v1/conversations', { token })).status, 200)
  }))

test('guessing a password is slowed by name and address, not for the owner elsewhere', () =>
  inWorld(
    { TAKEBACK_LIMIT_SIGN_IN: '3/0.001', TAKEBACK_TRUSTED_PROXIES: '127.0.0.1' },
    async (world) => {
      await world.person('mira')
      await world.person('jonas')
      const from = (address: string) => ({ 'x-forwarded-for': address })
      // Another spelling of the same name is the same name.
      for (const name of ['mira', ' MIRA', '@mira'])
        assertRefused(await signInAs(world, name, 'guess', from('203.0.113.9')), 'wrong_password')
      for (const name of ['mira', '@Mira ', '  mira  '])
        assertRefused(await signInAs(world, name, PASSWORD, from('203.0.113.9')), 'rate_limited')
      const elsewhere = await signInAs(world, 'mira', PASSWORD, from('198.51.100.7'))
      assert.equal(elsewhere.status, 201)
      const another = await signInAs(world, 'jonas', PASSWORD, from('203.0.113.9'))
      assert.equal(another.status, 201)
    },
  ))

test('addresses of one IPv6 network share a budget', () =>
  inWorld(
    { TAKEBACK_LIMIT_SIGN_IN: '2/0.001', TAKEBACK_TRUSTED_PROXIES: '127.0.0.1' },
    async (world) => {
      const guess = (address: string) =>
        signInAs(world, 'mira', 'guess', { 'x-forwarded-for': address })
      assertRefused(await guess('2001:db8::1'), 'wrong_password')
      assertRefused(await guess('2001:db8::2'), 'wrong_password')
      assertRefused(await guess('2001:db8::3'), 'rate_limited')
    },
  ))

test('many names from one address are slowed together', () =>
  inWorld({ TAKEBACK_LIMIT_SIGN_UP: '4/0.001' }, async (world) => {
    for (const name of ['a', 'b', 'c', 'd'])
      assertRefused(await signInAs(world, name, 'guess'), 'wrong_password')
    assertRefused(await signInAs(world, 'e', 'guess'), 'rate_limited')
  }))

test('an unknown name and a wrong password are answered alike', () =>
  inWorld({}, async (world) => {
    await world.person('mira')
    const wrong = await signInAs(world, 'mira', 'not the password')
    const unknown = await signInAs(world, 'nobody', 'not the password')
    assertRefused(wrong, 'wrong_password')
    assert.deepEqual(comparable(wrong), comparable(unknown))
  }))

test('a flood of sign-ups before the first sign-in breaks nothing and tells nothing', () =>
  inWorld({}, async (world) => {
    const flood = Array.from({ length: 80 }, (_, n) =>
      ask(world.url, '/v1/accounts', {
        method: 'POST',
        body: {
          username: `flood${n}`,
          display_name: 'F',
          password: PASSWORD,
          birth_date: '1990-01-01',
        },
      }),
    )
    const during = [signInAs(world, 'nobody', 'guess'), signInAs(world, 'flood0', 'guess')]
    for (const answer of [...(await Promise.all(flood)), ...(await Promise.all(during))])
      if (answer.status !== 201) assert.match(answer.text, /"(rate_limited|wrong_password)"/)
    assertRefused(await signInAs(world, 'nobody', 'guess'), 'wrong_password')
    assert.equal((await ask(world.url, '/readyz')).status, 200)
  }))

test('the socket draws from the same budgets as HTTP', () =>
  inWorld({ TAKEBACK_LIMIT_SEND: '3/0.001' }, async (world) => {
    const mira = await world.person('mira')
    const conversation_id = await world.befriend(mira, await world.person('jonas'))
    const client = await hello(world.url, mira.token)
    let n = 0
    const message = () => ({ conversation_id, client_id: `message-${++n}` as ClientId, text: 'x' })
    for (let sent = 0; sent < 2; sent++) {
      client.write({ type: 'send', data: message() })
      await client.take('reply')
    }
    await mira.client.call('messages.send', message())
    client.write({ type: 'send', ref: 'r', data: message() })
    const { ref, data } = await client.take('problem')
    assert.deepEqual([ref, data.code], ['r', 'rate_limited'])
    assert.ok(data.retry_after)
    await client.close()
  }))
