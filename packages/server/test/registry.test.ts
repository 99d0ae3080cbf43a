// both engines
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Endpoint } from '@takeback/protocol/endpoints/endpoint.ts'
import { endpoints } from '@takeback/protocol/endpoints/registry.ts'
import { type EndpointName, endpointNames, pathInputs, routeOf } from '@takeback/protocol/routes.ts'
import fc from 'fast-check'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { ask, type Answer, assertRefused, hello, problemOf } from './talk.ts'
import { type Person, signIn, startWorld, type World } from './world.ts'

/** Text that must come back in no answer. */
const CANARY = 'kanarienvogel'

let world: World
let mira: Person
let jonas: Person
let revoked: string
/** Input that each endpoint takes, as Mira. */
let samples: Record<EndpointName, Record<string, string | number>>
let stored: unknown

before(async () => {
  world = await startWorld()
  mira = await world.person('mira')
  jonas = await world.person('jonas')
  const conversation_id = await world.befriend(mira, jonas)
  const message = await mira.client.call('messages.send', {
    conversation_id,
    client_id: 'first-message' as never,
    text: 'hello',
  })
  const other = await signIn(world.url, 'mira')
  await mira.client.call('sessions.revoke', { device_id: other.device_id })
  revoked = other.token
  const epoch = await epochOf(mira)
  const person = { account_id: jonas.id }
  const conversation = { conversation_id }
  const one = { message_id: message.id }
  samples = {
    'accounts.sign_up': {
      username: 'somebody',
      display_name: 'S',
      password: CANARY,
      birth_date: '1990-01-01',
    },
    'accounts.search': { q: 'jon', limit: 5 },
    'accounts.get': { username: 'jonas' },
    'sessions.sign_in': { username: 'mira', password: CANARY },
    'sessions.list': {},
    'sessions.revoke': { device_id: jonas.device_id },
    'me.get': {},
    'me.update': { display_name: CANARY, bio: CANARY },
    'settings.get': {},
    'settings.update': { who_can_message: 'friends' },
    'graph.following': { limit: 5, cursor: `1.${'0'.repeat(26)}` },
    'graph.followers': { limit: 5 },
    'graph.friends': { limit: 5 },
    'graph.blocks': { limit: 5 },
    'graph.follow': person,
    'graph.unfollow': person,
    'graph.block': person,
    'graph.unblock': person,
    'conversations.list': { folder: 'inbox', limit: 5 },
    'conversations.open': person,
    'conversations.get': conversation,
    'conversations.delete': conversation,
    'conversations.read': { ...conversation, seq: 1 },
    'conversations.accept': conversation,
    'conversations.decline': conversation,
    'conversations.decline_all': {},
    'conversations.typing': conversation,
    'messages.list': { ...conversation, before: 5, limit: 5 },
    'messages.send': { ...conversation, client_id: 'another-message', text: CANARY },
    'messages.edit': { ...one, text: CANARY },
    'messages.edits': one,
    'messages.delete': { ...one, for: 'me' },
    'sync.read': { cursor: `${epoch}.0`, limit: 5 },
    'sync.acknowledge': { epoch, seq: 0 },
    'status.get': {},
  }
  stored = await everythingStored()
})
after(() => world.close())

const epochOf = async (person: Person): Promise<string> =>
  (await person.client.call('sync.read', {})).epoch

/** What the database holds, but for when devices were last seen. */
async function everythingStored(): Promise<unknown> {
  const tables = [
    'accounts',
    'devices',
    'follows',
    'blocks',
    'conversations',
    'members',
    'messages',
    'events',
  ]
  return world.store.read(async (tx) => {
    const rows = []
    for (const table of tables) rows.push(await tx.all(`select * from ${table} order by 1, 2, 3`))
    return rows
  })
}

interface Sent {
  token?: string
  headers?: Record<string, string>
  /** In place of the JSON of `input`. */
  body?: string
  /** In place of the query of `input`. */
  query?: string
}

const takesBody = (name: EndpointName) => !/^(GET|DELETE)$/.test(routeOf(name).method)

/** Calls an endpoint over plain HTTP with whatever input. */
function call(
  name: EndpointName,
  input: Record<string, unknown>,
  sent: Sent = {},
): Promise<Answer> {
  const { method, path } = routeOf(name)
  const inPath = pathInputs(path)
  const rest = Object.fromEntries(Object.entries(input).filter(([key]) => !inPath.includes(key)))
  const url = inPath.reduce(
    (filled, key) => filled.replace(`{${key}}`, encodeURIComponent(String(input[key]))),
    path,
  )
  const query =
    sent.query ??
    new URLSearchParams(Object.entries(rest).map(([k, v]) => [k, String(v)])).toString()
  return ask(world.url, `/v1${url}${takesBody(name) || query === '' ? '' : `?${query}`}`, {
    method,
    ...(sent.token === undefined ? {} : { token: sent.token }),
    ...(sent.headers === undefined ? {} : { headers: sent.headers }),
    ...(takesBody(name) ? { body: sent.body ?? JSON.stringify(rest) } : {}),
  })
}

const named = (filter: (endpoint: Endpoint) => boolean) =>
  endpointNames.filter((name) => filter(endpoints[name]))

const needSession = named(({ auth }) => auth === 'session')
const withBody = endpointNames.filter(takesBody)
const withQuery = endpointNames.filter((name) => !takesBody(name))

/** As the endpoint asks: signed in, where that is needed. */
const asAsked = (name: EndpointName): Sent =>
  endpoints[name].auth === 'session' ? { token: mira.token } : {}

const propertiesOf = (name: EndpointName): [string, TSchema][] =>
  Object.entries<TSchema>(endpoints[name].input.properties)

function assertInvalid(answer: Answer, about: string): void {
  assertRefused(answer, 'invalid_input', about)
  assert.ok(!answer.text.includes(CANARY), `${about} comes back: ${answer.text}`)
}

test('every endpoint has a sample here', () => {
  assert.deepEqual(Object.keys(samples).sort(), [...endpointNames].sort())
  for (const name of endpointNames)
    assert.ok(Value.Check(endpoints[name].input, samples[name]), `the sample of ${name}`)
})

test('without a session, every endpoint that needs one says not_signed_in (P1)', async () => {
  for (const name of needSession)
    assertRefused(await call(name, samples[name]), 'not_signed_in', name)
})

test('a token that was never ours is not_signed_in, whatever it looks like', async () => {
  const tokens = ['x', 'A'.repeat(43), 'A'.repeat(5000), "' or 1=1 --", '../../etc/passwd', '%00']
  for (const name of needSession)
    for (const token of tokens)
      assertRefused(await call(name, samples[name], { token }), 'not_signed_in', name)
  for (const authorization of ['Bearer', 'Basic bWlyYTpwYXNz', 'Bearer a b', `Token ${mira.token}`])
    assertRefused(await call('me.get', {}, { headers: { authorization } }), 'not_signed_in')
})

test('a revoked token is session_revoked at every endpoint (S1)', async () => {
  for (const name of needSession)
    assertRefused(await call(name, samples[name], { token: revoked }), 'session_revoked', name)
})

test('a token counts in no address', async () => {
  const answer = await ask(world.url, `/v1/me?token=${mira.token}&access_token=${mira.token}`)
  assertRefused(answer, 'not_signed_in')
})

test('what is no JSON object is invalid_input at every endpoint with a body (E1)', async () => {
  const nested = (open: string, close: string) => open.repeat(10_000) + close.repeat(10_000)
  const bodies = {
    'not JSON': CANARY,
    'half of it': '{"text":',
    nothing: '',
    'an array': `["${CANARY}"]`,
    'a string': `"${CANARY}"`,
    null: 'null',
    'a number': '1e999',
    true: 'true',
    'a __proto__': `{"__proto__":{"text":"${CANARY}"}}`,
    'a constructor': `{"constructor":{"prototype":{"text":"${CANARY}"}}}`,
    'deep arrays': nested('[', ']'),
    'a deep member': `{"text":${nested('[', ']')}}`,
    'deep objects': `{"a":${nested('{"a":', '}').replace('}', '1}')}}`,
    oversized: JSON.stringify({ text: CANARY.repeat(10_000) }),
    'two objects': '{}{}',
    'a byte order mark and junk': '\ufeff{]',
  }
  for (const name of withBody)
    for (const [what, body] of Object.entries(bodies))
      assertInvalid(await call(name, samples[name], { ...asAsked(name), body }), `${name}, ${what}`)
})

test('another content type is invalid_input at every endpoint with a body', async () => {
  for (const name of withBody)
    for (const type of [
      'text/plain',
      'application/xml',
      'multipart/form-data; boundary=x',
      'nonsense',
    ])
      assertInvalid(
        await call(name, samples[name], { ...asAsked(name), headers: { 'content-type': type } }),
        `${name}, ${type}`,
      )
})

test('unknown members are invalid_input at every endpoint', async () => {
  for (const name of endpointNames)
    for (const member of ['unknown', 'constructor', 'toString', '__proto__ '])
      assertInvalid(
        await call(name, { ...samples[name], [member]: CANARY }, asAsked(name)),
        `${name}, ${member}`,
      )
})

test('what stands in the path counts only there', async () => {
  for (const name of endpointNames)
    for (const key of pathInputs(routeOf(name).path)) {
      const { method } = routeOf(name)
      const value = String(samples[name][key])
      const answer = takesBody(name)
        ? await call(name, samples[name], {
            ...asAsked(name),
            body: JSON.stringify({ [key]: value }),
          })
        : await call(name, samples[name], { ...asAsked(name), query: `${key}=${value}` })
      assertInvalid(answer, `${method} ${name} ${key}`)
    }
})

test('a missing member is invalid_input', async () => {
  for (const name of endpointNames) {
    const { required = [] } = endpoints[name].input as { required?: string[] }
    for (const key of required.filter((one) => !pathInputs(routeOf(name).path).includes(one))) {
      const { [key]: _, ...rest } = samples[name]
      assertInvalid(await call(name, rest, asAsked(name)), `${name} without ${key}`)
    }
  }
})

test('a member of a wrong type or size is invalid_input', async () => {
  const values = [
    null,
    1,
    -1,
    1.5,
    2 ** 60,
    true,
    '',
    'x',
    'x'.repeat(300),
    '\u0000',
    [],
    {},
    ['x'],
    { x: 1 },
  ]
  for (const name of withBody)
    for (const [key, schema] of propertiesOf(name))
      for (const value of values) {
        if (pathInputs(routeOf(name).path).includes(key) || Value.Check(schema, value)) continue
        // A text by schema that is none by rule is refused with a sentence of its own.
        assertInvalid(
          await call(name, { ...samples[name], [key]: value }, asAsked(name)),
          `${name}, ${key} ${JSON.stringify(value)?.slice(0, 20)}`,
        )
      }
})

test('a query is not confused by lists, objects and doubles', async () => {
  for (const name of withQuery)
    for (const [key, schema] of propertiesOf(name) as [string, { type?: string }][]) {
      if (pathInputs(routeOf(name).path).includes(key)) continue
      const value = encodeURIComponent(String(samples[name][key] ?? '5'))
      const { [key]: _, ...rest } = samples[name]
      const others = new URLSearchParams(
        Object.entries(rest).map(([k, v]) => [k, String(v)]),
      ).toString()
      for (const query of [
        `${key}=${value}&${key}=${value}`,
        `${key}[]=${value}`,
        `${key}[a]=${value}`,
        `${key}=`,
        ...(schema.type === 'integer' ? ['1.7', 'true', '5n', '0x5', '%205', '-1'] : []).map(
          (text) => `${key}=${text}`,
        ),
        `__proto__[${key}]=${value}`,
        `__proto__=${value}`,
      ])
        assertInvalid(
          await call(name, samples[name], { ...asAsked(name), query: `${others}&${query}` }),
          `${name}?${query}`,
        )
    }
})

test('an id in a path that cannot be one is refused', async () => {
  const ids = [
    'x',
    '%00',
    '..%2f..%2fme',
    'a'.repeat(27),
    'z'.repeat(26),
    '%F0%9F%8C%85',
    '*',
    "'",
    'a'.repeat(500),
  ]
  for (const name of endpointNames) {
    const { method, path } = routeOf(name)
    if (pathInputs(path).length === 0) continue
    for (const id of ids) {
      const answer = await ask(world.url, `/v1${path.replace(/\{\w+\}/g, id)}`, {
        method,
        token: mira.token,
        ...(takesBody(name) ? { body: {} } : {}),
      })
      assert.match(problemOf(answer).code, /^(invalid_input|not_found)$/, `${name} ${id}`)
    }
  }
})

test('HEAD answers as GET does, without a body; other methods are not found', async () => {
  for (const name of withQuery) {
    if (routeOf(name).method !== 'GET') continue
    const { path } = routeOf(name)
    const filled = path.replace(/\{(\w+)\}/g, (_, key: string) => String(samples[name][key]))
    const got = await ask(world.url, `/v1${filled}?limit=nonsense`, { token: mira.token })
    const head = await ask(world.url, `/v1${filled}?limit=nonsense`, {
      token: mira.token,
      method: 'HEAD',
    })
    assert.equal(head.status, got.status, name)
    assert.equal(head.text, '')
  }
  for (const method of ['OPTIONS', 'PROPFIND', 'SEARCH', 'PURGE', 'LOCK', 'PUT'])
    assertRefused(
      await ask(world.url, '/v1/me', { method, token: mira.token }),
      'not_found',
      method,
    )
})

test('after all this the server is up and nothing was lost or changed (A1)', async () => {
  assert.equal((await ask(world.url, '/readyz')).status, 200)
  assert.deepEqual(await everythingStored(), stored)
})

/** Anything JSON, the catalogue's own words and ids among it. */
function anything(): fc.Arbitrary<unknown> {
  const known = [...new Set(Object.values(samples).flatMap((sample) => Object.values(sample)))]
  return fc.oneof(
    fc.constantFrom(...known),
    fc.string({ unit: 'binary', maxLength: 50 }),
    fc.jsonValue(),
  )
}

/** Mostly the sample, with some members replaced, left out or added. */
function nearly(sample: Record<string, unknown>): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .dictionary(fc.oneof(fc.constantFrom(...Object.keys(sample), 'x'), fc.string()), anything(), {
      maxKeys: 3,
    })
    .map((changes) => ({ ...sample, ...changes }))
}

const seed = Number(process.env['TAKEBACK_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

test(`fuzz: no input of any endpoint meets an unknown code or a defect (E1), seed ${seed}`, async () => {
  const endings = fc.constantFrom<EndpointName[]>(...endpointNames.map((name) => [name]))
  const requests = endings.chain(([name = 'me.get']) =>
    fc.record({ name: fc.constant(name), input: nearly(samples[name]) }),
  )
  await fc.assert(
    fc.asyncProperty(requests, async ({ name, input }) => {
      if (name === 'sessions.revoke' || name === 'accounts.sign_up') return
      const answer = await call(name, input, asAsked(name))
      if (answer.status < 400) return
      const { code } = problemOf(answer)
      const declared: readonly string[] = endpoints[name].refusals
      const common = ['invalid_input', 'not_found']
      assert.ok([...declared, ...common].includes(code), `${name} says ${code}`)
    }),
    { seed, numRuns: 300 },
  )
})

test(`fuzz: no frame meets an unknown code or a defect (E1), seed ${seed}`, async () => {
  const types = ['hello', 'resume', 'send', 'ack', 'typing', 'nonsense']
  const frame = fc.oneof(
    fc.record({
      type: fc.constantFrom(...types),
      data: fc.oneof(
        nearly(samples['messages.send']),
        nearly(samples['sync.acknowledge']),
        anything(),
      ),
    }),
    anything(),
  )
  let answered = 0
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 10, maxLength: 15 }), async (frames) => {
      const client = await hello(world.url, jonas.token)
      for (const one of frames) client.write(JSON.stringify(one) ?? 'null')
      // A frame of our own at the end: when it is answered, all before it were.
      client.write({ type: 'hello', ref: 'last', data: {} })
      await client.until(() => client.frames.some((one) => 'ref' in one && one.ref === 'last'))
      for (const one of client.frames) {
        if (one.type === 'problem') {
          answered++
          assert.notEqual(one.data.code, 'internal')
        }
      }
      await client.close()
    }),
    { seed, numRuns: 40 },
  )
  assert.ok(answered > 0)
  assert.equal((await ask(world.url, '/readyz')).status, 200)
})
