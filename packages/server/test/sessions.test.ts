// both engines
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ask, type Answer, assertRefused, hello, openSocket } from './talk.ts'
import { type Person, signIn, signUp, startWorld, type World } from './world.ts'

const PASSWORD = 'correct horse battery'

let world: World
let mira: Person
before(async () => {
  world = await startWorld({ environment: { TAKEBACK_ORIGINS: 'https://app.example' } })
  mira = await world.person('mira')
})
after(() => world.close())

const credentials = { username: 'mira', password: PASSWORD }
const signInFrom = (origin: string | null, url = world.url, headers = {}): Promise<Answer> =>
  ask(url, '/v1/sessions', {
    method: 'POST',
    body: credentials,
    headers: { ...(origin === null ? {} : { origin }), ...headers },
  })

/** The cookie of an answer as a browser sends it back. */
const cookieOf = (answer: Answer): string =>
  answer.headers.getSetCookie()[0]?.split(';')[0] ?? assert.fail('no cookie was set')

describe('a browser', () => {
  test('gets its token in a cookie that no script can read, and only there', async () => {
    const answer = await signInFrom(world.url)
    assert.equal(answer.status, 201)
    const [cookie = '', ...others] = answer.headers.getSetCookie()
    assert.deepEqual(others, [])
    const [pair = '', ...attributes] = cookie.split('; ')
    assert.deepEqual(
      attributes.filter((one) => !one.startsWith('Max-Age=')),
      ['Path=/', 'HttpOnly', 'SameSite=Strict'],
    )
    const token = pair.split('=')[1] ?? ''
    assert.equal(token.length, 43)
    assert.ok(!answer.text.includes(token))
    assert.doesNotMatch(answer.text, /"token"/)
  })

  test('gets it so on sign-up too, and from an origin the operator listed', async () => {
    const body = {
      username: 'web',
      display_name: 'Web',
      password: PASSWORD,
      birth_date: '1990-01-01',
    }
    const headers = { origin: 'https://app.example' }
    const answer = await ask(world.url, '/v1/accounts', { method: 'POST', body, headers })
    assert.equal(answer.status, 201)
    assert.match(cookieOf(answer), /^takeback_session=[\w-]{43}$/)
    assert.doesNotMatch(answer.text, /"token"/)
  })

  test('reads with the cookie, and acts with it and its origin', async () => {
    const cookie = cookieOf(await signInFrom(world.url))
    assert.equal((await ask(world.url, '/v1/me', { headers: { cookie } })).status, 200)
    const change = { method: 'PATCH', body: { bio: 'hello' } }
    const headers = { cookie, origin: world.url }
    assert.equal((await ask(world.url, '/v1/me', { ...change, headers })).status, 200)
    const among = `theme=dark; ${cookie}; lang=en`
    assert.equal((await ask(world.url, '/v1/me', { headers: { cookie: among } })).status, 200)
  })

  test('cannot act with a cookie and no origin: browsers name the page that acts', async () => {
    const cookie = cookieOf(await signInFrom(world.url))
    const answer = await ask(world.url, '/v1/me', {
      method: 'PATCH',
      body: {},
      headers: { cookie },
    })
    assertRefused(answer, 'origin_not_allowed')
  })

  test('signs out: the cookie is cleared and the session is over', async () => {
    const answer = await signInFrom(world.url)
    const cookie = cookieOf(answer)
    const { session } = answer.json as { session: { device_id: string } }
    const out = await ask(world.url, `/v1/sessions/${session.device_id}`, {
      method: 'DELETE',
      headers: { cookie, origin: world.url },
    })
    assert.equal(out.status, 204)
    assert.match(out.headers.getSetCookie()[0] ?? '', /^takeback_session=; Path=\/; .*Max-Age=0/)
    assertRefused(await ask(world.url, '/v1/me', { headers: { cookie } }), 'session_revoked')
  })

  test('keeps its cookie when it signs another device out', async () => {
    const cookie = cookieOf(await signInFrom(world.url))
    const other = await signIn(world.url, 'mira')
    const out = await ask(world.url, `/v1/sessions/${other.device_id}`, {
      method: 'DELETE',
      headers: { cookie, origin: world.url },
    })
    assert.equal(out.status, 204)
    assert.deepEqual(out.headers.getSetCookie(), [])
  })
})

describe('a page of another origin', () => {
  const foreign = [
    'https://evil.example',
    'null',
    'http://localhost:1',
    'https://app.example.evil.example',
    'nonsense',
  ]

  test('can sign nobody in, not even into its own account (login CSRF)', async () => {
    for (const origin of foreign) {
      const answer = await signInFrom(origin)
      assertRefused(answer, 'origin_not_allowed', origin)
      assert.deepEqual(answer.headers.getSetCookie(), [])
    }
  })

  test('can change nothing, whether by cookie or by a token that it was given', async () => {
    const cookie = cookieOf(await signInFrom(world.url))
    for (const origin of foreign)
      for (const by of [
        ['cookie', cookie],
        ['authorization', `Bearer ${mira.token}`],
      ] as const)
        for (const method of ['PATCH', 'POST', 'PUT', 'DELETE']) {
          const path = {
            PATCH: '/me',
            POST: '/sync/ack',
            PUT: `/me/following/${mira.id}`,
            DELETE: `/sessions/${mira.device_id}`,
          }[method]
          const answer = await ask(world.url, `/v1${path}`, {
            method,
            headers: { origin, [by[0]]: by[1] },
            ...(method === 'DELETE' ? {} : { body: {} }),
          })
          assertRefused(answer, 'origin_not_allowed', `${method} from ${origin}`)
        }
    assert.equal((await ask(world.url, '/v1/me', { token: mira.token })).status, 200)
  })

  test('is not let read an answer: no CORS header ever', async () => {
    for (const method of ['GET', 'OPTIONS', 'HEAD']) {
      const headers = { origin: 'https://evil.example', 'access-control-request-method': 'PATCH' }
      const answer = await ask(world.url, '/v1/me', { method, headers, token: mira.token })
      assert.deepEqual(
        [...answer.headers.keys()].filter((name) => name.startsWith('access-control-')),
        [],
      )
    }
  })

  test('cannot post as a form either: only JSON is read', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data'])
      assertRefused(
        await signInFrom(null, world.url, { 'content-type': type }),
        'invalid_input',
        type,
      )
  })
})

describe('another client', () => {
  test('gets its token in the body, no cookie, and shows it in the header', async () => {
    const answer = await signInFrom(null)
    assert.deepEqual(answer.headers.getSetCookie(), [])
    const { session } = answer.json as { session: { token: string } }
    assert.equal((await ask(world.url, '/v1/me', { token: session.token })).status, 200)
    // The name of a scheme has no case (RFC 9110, 11.1).
    const authorization = `bearer ${session.token}`
    assert.equal((await ask(world.url, '/v1/me', { headers: { authorization } })).status, 200)
  })

  test('a header that is no bearer token is not helped by a cookie', async () => {
    const cookie = cookieOf(await signInFrom(world.url))
    const headers = { cookie, authorization: 'Basic bWlyYQ==' }
    assertRefused(await ask(world.url, '/v1/me', { headers }), 'not_signed_in')
  })
})

describe('behind a proxy', () => {
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' }

  test('only a trusted one is believed that the way was https: then the cookie is Secure', async () => {
    const trusting = await startWorld({ environment: { TAKEBACK_TRUSTED_PROXIES: '127.0.0.1' } })
    try {
      await trusting.person('mira')
      const answer = await signInFrom(trusting.url, trusting.url, forwarded)
      assert.match(answer.headers.getSetCookie()[0] ?? '', /; Secure$/)
    } finally {
      await trusting.close()
    }
    const answer = await signInFrom(world.url, world.url, forwarded)
    assert.doesNotMatch(answer.headers.getSetCookie()[0] ?? '', /Secure/)
  })

  test('X-Forwarded-For of anybody else does not make a new address (limits)', async () => {
    const limited = await startWorld({ environment: { TAKEBACK_LIMIT_SIGN_IN: '2/0.001' } })
    try {
      await limited.person('mira')
      const guess = (address: string) =>
        ask(limited.url, '/v1/sessions', {
          method: 'POST',
          body: { username: 'mira', password: 'wrong' },
          headers: {
            'x-forwarded-for': address,
            forwarded: `for=${address}`,
            'x-real-ip': address,
          },
        })
      assertRefused(await guess('203.0.113.1'), 'wrong_password')
      assertRefused(await guess('203.0.113.2'), 'wrong_password')
      assertRefused(await guess('203.0.113.3'), 'rate_limited')
    } finally {
      await limited.close()
    }
  })
})

describe('revoking a device (S1)', () => {
  test('closes its sockets at once with 4403 and no others, and its requests are refused', async () => {
    const phone = await signIn(world.url, 'mira')
    const sockets = await Promise.all([
      hello(world.url, phone.token),
      hello(world.url, phone.token),
    ])
    const own = await hello(world.url, mira.token)
    const somebody = await signUp(world.url, 'somebody')
    const elsewhere = await hello(world.url, somebody.token)

    await mira.client.call('sessions.revoke', { device_id: phone.device_id })
    for (const { closed } of sockets)
      assert.deepEqual(await closed, { code: 4403, reason: 'session_revoked' })
    assertRefused(await ask(world.url, '/v1/me', { token: phone.token }), 'session_revoked')
    assert.equal(own.socket.readyState, own.socket.OPEN)
    assert.equal(elsewhere.socket.readyState, elsewhere.socket.OPEN)
    await Promise.all([own.close(), elsewhere.close()])
  })

  test('signing oneself out closes one’s own sockets', async () => {
    const phone = await signIn(world.url, 'mira')
    const socket = await hello(world.url, phone.token)
    await phone.client.call('sessions.revoke', { device_id: phone.device_id })
    assert.equal((await socket.closed).code, 4403)
  })

  test('a new socket with the revoked token is told so and closed', async () => {
    const phone = await signIn(world.url, 'mira')
    await mira.client.call('sessions.revoke', { device_id: phone.device_id })
    const client = await openSocket(world.url)
    client.write({ type: 'hello', ref: 'h', data: { token: phone.token } })
    const { ref, data } = await client.take('problem')
    assert.deepEqual([ref, data.code], ['h', 'session_revoked'])
    assert.equal((await client.closed).code, 4403)
  })

  test('what a revoked socket still sends is not heard', async () => {
    const friend = await signUp(world.url, 'friend')
    const conversation_id = await world.befriend(mira, friend)
    const phone = await signIn(world.url, 'mira')
    const client = await hello(world.url, phone.token)
    // Stops reading, so that the server's close is not answered and its end comes by force.
    client.socket.pause()
    await mira.client.call('sessions.revoke', { device_id: phone.device_id })
    for (let n = 0; n < 20; n++)
      client.write({
        type: 'send',
        data: { conversation_id, client_id: `too-late-${n}`, text: 'too late' },
      })
    client.socket.resume()
    assert.equal((await client.closed).code, 4403)
    const { items } = await mira.client.call('messages.list', { conversation_id })
    assert.deepEqual(items, [])
  })
})
