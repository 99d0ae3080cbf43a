/**
 * A stranger with a good token of their own at every endpoint with somebody else's ids: what they
 * meet is what a made-up id meets, and the owners see nothing of it.
 */
// both engines
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { endpoints } from '@takeback/protocol/endpoints/registry.ts'
import { type EndpointName, endpointNames, pathInputs, routeOf } from '@takeback/protocol/routes.ts'
import { ask, type Answer, comparable, hello, problemOf, type SocketClient } from './talk.ts'
import { type Person, startWorld, type World } from './world.ts'

type Input = Record<string, string | number>

let world: World
let mira: Person
let jonas: Person
let stranger: Person
let theirs: { conversation_id: string; message_id: string; device_id: string; epoch: string }

before(async () => {
  world = await startWorld()
  mira = await world.person('mira')
  jonas = await world.person('jonas')
  stranger = await world.person('stranger')
  const conversation_id = await world.befriend(mira, jonas)
  const message = await mira.client.call('messages.send', {
    conversation_id,
    client_id: 'first-message' as never,
    text: 'between us',
  })
  await mira.client.call('messages.edit', { message_id: message.id, text: 'between the two of us' })
  const { epoch } = await mira.client.call('sync.read', {})
  theirs = { conversation_id, message_id: message.id, device_id: mira.device_id, epoch }
})
after(() => world.close())

/**
 * Endpoints whose input names something that belongs to somebody, with the rest of their input. All
 * others are below, each with the reason why it needs no row here.
 */
const owned: Partial<Record<EndpointName, Input>> = {
  'sessions.revoke': {},
  'conversations.get': {},
  'conversations.delete': {},
  'conversations.read': { seq: 1 },
  'conversations.accept': {},
  'conversations.decline': {},
  'conversations.typing': {},
  'messages.list': { limit: 10 },
  'messages.send': { client_id: 'a-strangers-id', text: 'let me in' },
  'messages.edit': { text: 'I was here' },
  'messages.edits': {},
  'messages.delete': { for: 'everyone' },
}
const alsoAs: Partial<Record<EndpointName, Input[]>> = {
  'messages.delete': [{ for: 'me' }],
  'messages.list': [{ around: 1 }, { after: 0 }],
  'messages.send': [{ client_id: 'first-message', text: 'between us' }],
}

const people =
  'names a person; people may look each other up, follow, block and open a conversation'
const own = 'names nothing: it is about the caller’s own account'
const unowned: Partial<Record<EndpointName, string>> = {
  'accounts.sign_up': 'needs no session',
  'sessions.sign_in': 'needs no session',
  'status.get': 'needs no session',
  'accounts.search': people,
  'accounts.get': people,
  'graph.follow': people,
  'graph.unfollow': people,
  'graph.block': people,
  'graph.unblock': people,
  'conversations.open': people,
  'sessions.list': own,
  'me.get': own,
  'me.update': own,
  'settings.get': own,
  'settings.update': own,
  'graph.following': own,
  'graph.followers': own,
  'graph.friends': own,
  'graph.blocks': own,
  'conversations.list': own,
  'conversations.decline_all': own,
  'sync.read': own,
  'sync.acknowledge': own,
}

/** Calls an endpoint as the stranger. */
function asStranger(name: EndpointName, input: Input): Promise<Answer> {
  const { method, path } = routeOf(name)
  const inPath = pathInputs(path)
  const url = path.replace(/\{(\w+)\}/g, (_, key: string) => String(input[key]))
  const rest = Object.fromEntries(Object.entries(input).filter(([key]) => !inPath.includes(key)))
  const inQuery = method === 'GET' || method === 'DELETE'
  const query = new URLSearchParams(
    Object.entries(rest).map(([key, value]) => [key, String(value)]),
  )
  return ask(world.url, `/v1${url}${inQuery && query.size > 0 ? `?${query}` : ''}`, {
    method,
    token: stranger.token,
    ...(inQuery ? {} : { body: rest }),
  })
}

/** All that belongs to the two, as the database holds it. */
const theirState = (): Promise<unknown> =>
  world.store.read(async (tx) => {
    const both = [mira.id, jonas.id]
    return [
      await tx.all('select * from conversations order by id'),
      await tx.all('select * from members where account_id in ($1, $2) order by 1, 2', both),
      await tx.all('select * from messages order by 1, 2'),
      await tx.all('select * from message_edits order by 1, 2'),
      await tx.all('select * from removed_messages'),
      await tx.all('select * from devices where account_id in ($1, $2) order by id', both),
      await tx.all('select * from logs where account_id in ($1, $2) order by 1', both),
      await tx.all('select * from events where account_id in ($1, $2) order by 1, 2', both),
      await tx.all('select * from blocks'),
    ]
  })

/** The same input with the ids in it replaced by ids that nobody has. */
const madeUp = (input: Input): Input =>
  Object.fromEntries(
    Object.entries(input).map(([key, value]) => [
      key,
      key.endsWith('_id') && key !== 'client_id' ? `7${'z'.repeat(25)}` : value,
    ]),
  )

function inputsOf(name: EndpointName): Input[] {
  const ids = Object.fromEntries(
    Object.keys(endpoints[name].input.properties)
      .filter((key): key is keyof typeof theirs => Object.hasOwn(theirs, key))
      .map((key) => [key, theirs[key]]),
  )
  return [owned[name] ?? {}, ...(alsoAs[name] ?? [])].map((rest) => ({ ...ids, ...rest }))
}

test('every endpoint stands in exactly one of the tables', () => {
  assert.deepEqual(
    [...Object.keys(owned), ...Object.keys(unowned)].sort(),
    [...endpointNames].sort(),
  )
})

test('an endpoint that names a conversation, message or device stands among the owned', () => {
  const naming = endpointNames.filter((name) =>
    ['conversation_id', 'message_id', 'device_id'].some((key) =>
      Object.hasOwn(endpoints[name].input.properties, key),
    ),
  )
  assert.deepEqual(naming.sort(), Object.keys(owned).sort())
})

for (const name of Object.keys(owned) as EndpointName[])
  test(`${name}: somebody else’s ids are refused just as made-up ones, and change nothing`, async () => {
    const before = await theirState()
    for (const input of inputsOf(name)) {
      const foreign = await asStranger(name, input)
      const invented = await asStranger(name, madeUp(input))
      assert.equal(problemOf(foreign).code, 'not_found')
      assert.deepEqual(comparable(foreign), comparable(invented))
    }
    assert.deepEqual(await theirState(), before)
  })

test('over the socket a stranger meets the same, and nobody hears of it', async () => {
  const before = await theirState()
  const owner = await hello(world.url, mira.token)
  const client = await hello(world.url, stranger.token)
  const answerTo = async (type: string, data: object): Promise<unknown> => {
    client.write({ type, ref: 'r', data })
    return (await client.take('problem')).data
  }
  for (const [type, name] of [
    ['send', 'messages.send'],
    ['typing', 'conversations.typing'],
  ] as const)
    for (const input of inputsOf(name))
      assert.deepEqual(await answerTo(type, input), await answerTo(type, madeUp(input)))
  await settled(owner)
  assert.deepEqual(
    owner.frames.map(({ type }) => type),
    ['welcome', 'problem'],
  )
  await Promise.all([owner.close(), client.close()])
  assert.deepEqual(await theirState(), before)
})

/** Whatever was under way to this socket has come: a frame that is answered comes after it. */
async function settled(client: SocketClient): Promise<void> {
  client.write({ type: 'hello', ref: 'settled', data: {} })
  await client.take('problem')
}

test('a cursor into somebody else’s log reads one’s own', async () => {
  const answer = await ask(world.url, `/v1/sync?cursor=${theirs.epoch}.0`, {
    token: stranger.token,
  })
  assert.equal(answer.status, 200)
  for (const id of [mira.id, jonas.id, theirs.conversation_id, theirs.message_id])
    assert.ok(!answer.text.includes(id))
})
