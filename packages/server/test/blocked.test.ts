/** What a blocked person can find out at the API: nothing (X2), and never a false acknowledgement (X3). */
// both engines
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ClientId, ConversationId } from '@takeback/protocol/ids.ts'
import { ask, type Answer, assertRefused, comparable, hello } from './talk.ts'
import { type Person, startWorld, type World } from './world.ts'

const causes = ['block', 'no_one', 'under_16'] as const
type Cause = (typeof causes)[number]

/** Somebody, and their friend who then can no longer be written to, for one of the causes. */
interface Pair {
  sender: Person
  other: Person
  conversation: ConversationId
  message: string
}

let world: World
const pairs = new Map<Cause, Pair>()

before(async () => {
  world = await startWorld()
  const senders = await Promise.all(causes.map((_, index) => world.person(`sender${index}`)))
  // Ids sort by time, and members by id: so they stand in one order in every pair.
  world.clock.advance(1)
  for (const [index, cause] of causes.entries()) {
    const sender = senders[index] ?? assert.fail(cause)
    const other = await world.person(`other_${index}`)
    const conversation = await world.befriend(sender, other)
    const { id } = await sender.client.call('messages.send', {
      conversation_id: conversation,
      client_id: `before-${index}-xx` as ClientId,
      text: 'still friends',
    })
    await other.client.call('messages.list', { conversation_id: conversation })
    await happen(cause, other, sender)
    pairs.set(cause, { sender, other, conversation, message: id })
  }
})
after(() => world.close())

async function happen(cause: Cause, other: Person, sender: Person): Promise<void> {
  if (cause === 'block') await other.client.call('graph.block', { account_id: sender.id })
  if (cause === 'no_one') await other.client.call('settings.update', { who_can_message: 'no_one' })
  if (cause === 'under_16')
    await world.store.transact((tx) =>
      tx.run('update accounts set birth_date = $2 where id = $1', [other.id, '2012-01-01']),
    )
}

/** Text with all that tells one pair from another replaced: ids, names, client ids, all of one length each. */
function anonymous(text: string, { sender, other, conversation, message }: Pair): string {
  const names = [
    [sender.id, 'S'.repeat(26)],
    [other.id, 'O'.repeat(26)],
    [conversation, 'C'.repeat(26)],
    [message, 'M'.repeat(26)],
    [sender.device_id, 'D'.repeat(26)],
  ] as const
  return names
    .reduce((left, [id, name]) => left.replaceAll(id, name), text)
    .replace(/(sender|other_|before-|after--)\d/g, '$1#')
    .replace(/"id":"[0-9a-z]{26}"/g, '"id":"?"')
}

type Step = [
  what: string,
  path: (pair: Pair) => string,
  method?: string,
  body?: (pair: Pair) => object,
]

/** Everything a person can do about another, in an order that makes sense once. */
const steps: Step[] = [
  ['open', () => '/conversations', 'POST', ({ other }) => ({ account_id: other.id })],
  ['get', ({ conversation }) => `/conversations/${conversation}`],
  [
    'send',
    ({ conversation }) => `/conversations/${conversation}/messages`,
    'POST',
    ({ sender }) => ({ client_id: `after--${sender.username.at(-1)}-xx`, text: 'hello?' }),
  ],
  [
    'send a retry of what was sent',
    ({ conversation }) => `/conversations/${conversation}/messages`,
    'POST',
    ({ sender }) => ({ client_id: `before-${sender.username.at(-1)}-xx`, text: 'still friends' }),
  ],
  ['edit', ({ message }) => `/messages/${message}`, 'PATCH', () => ({ text: 'changed' })],
  ['read edits', ({ message }) => `/messages/${message}/edits`],
  ['type', ({ conversation }) => `/conversations/${conversation}/typing`, 'POST', () => ({})],
  [
    'mark read',
    ({ conversation }) => `/conversations/${conversation}/read`,
    'POST',
    () => ({ seq: 1 }),
  ],
  ['read history', ({ conversation }) => `/conversations/${conversation}/messages`],
  ['list conversations', () => '/conversations'],
  ['see the profile', ({ other }) => `/accounts/${other.username}`],
  ['search', ({ other }) => `/accounts?q=${other.username}`],
  ['unfollow', ({ other }) => `/me/following/${other.id}`, 'DELETE'],
  [
    'open without following',
    () => '/conversations',
    'POST',
    ({ other }) => ({ account_id: other.id }),
  ],
  [
    'send without following',
    ({ conversation }) => `/conversations/${conversation}/messages`,
    'POST',
    ({ sender }) => ({ client_id: `after--${sender.username.at(-1)}-yy`, text: 'hello?' }),
  ],
  ['follow', ({ other }) => `/me/following/${other.id}`, 'PUT', () => ({})],
  ['list following', () => '/me/following'],
  ['list followers', () => '/me/followers'],
  ['list friends', () => '/me/friends'],
  ['list blocks', () => '/me/blocks'],
  ['unsend', ({ message }) => `/messages/${message}?for=everyone`, 'DELETE'],
  ['read history after it', ({ conversation }) => `/conversations/${conversation}/messages`],
  ['read the log', () => '/sync'],
]

for (const [what, path, method = 'GET', body] of steps)
  test(`${what}: byte for byte the same after a block, with No one, and under 16 (X2)`, async () => {
    const seen: unknown[] = []
    for (const cause of causes) {
      const pair = pairs.get(cause) ?? assert.fail(cause)
      const answer: Answer = await ask(world.url, `/v1${path(pair)}`, {
        method,
        token: pair.sender.token,
        ...(body === undefined ? {} : { body: body(pair) }),
      })
      // An epoch and a length in bytes are the same for all; only ids and names are not.
      seen.push(comparable({ ...answer, text: anonymous(answer.text, pair) }))
    }
    const [blocked, noOne, underAge] = seen
    assert.deepEqual(blocked, noOne)
    assert.deepEqual(blocked, underAge)
  })

test('a blocked send is refused, never acknowledged, over HTTP and socket (X3)', async () => {
  for (const { sender, other, conversation } of pairs.values()) {
    const input = (end: string) => ({ client_id: `refused-${end}`, text: 'can you hear me' })
    const before = await other.client.call('sync.read', {})
    const overHttp = await ask(world.url, `/v1/conversations/${conversation}/messages`, {
      method: 'POST',
      token: sender.token,
      body: input('http'),
    })
    assertRefused(overHttp, 'recipient_unavailable')

    const client = await hello(world.url, sender.token)
    client.write({
      type: 'send',
      ref: 'r',
      data: { conversation_id: conversation, ...input('socket') },
    })
    const { ref, data } = await client.take('problem')
    assert.deepEqual([ref, data.code], ['r', 'recipient_unavailable'])
    assert.ok(!client.frames.some(({ type }) => type === 'reply'))
    await client.close()

    const { items } = await sender.client.call('messages.list', { conversation_id: conversation })
    assert.ok(items.every(({ text }) => text !== 'can you hear me'))
    assert.deepEqual(await other.client.call('sync.read', {}), before)
  }
})
