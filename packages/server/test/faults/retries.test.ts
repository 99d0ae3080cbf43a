/** A2 under N: answers that never arrive, tries that arrive many times, on a server that runs on. */
import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { ClientId } from '@takeback/protocol/ids.ts'
import { Refusal, type RefusalCode } from '@takeback/protocol/refusals.ts'
import { mutantEnvironment } from '../mutants.ts'
import { befriend, signUp, spawnServer, temporaryFolder, type ServerProcess } from '../world.ts'
import { connect, history, newMemory, type Sending } from './device.ts'
import { anySending } from './load.ts'
import { seededRandom, type Random } from './seed.ts'

const TRIES = 10

const folder = temporaryFolder()
let server: ServerProcess
before(async () => {
  server = await spawnServer(folder.path)
})
after(async () => {
  await server.stop('SIGKILL')
  folder.remove()
})

async function twoFriends(url: string, random: Random) {
  const [a, b] = [
    await signUp(url, `a${random.word(10)}`),
    await signUp(url, `b${random.word(10)}`),
  ]
  return { a, b, conversation: await befriend(a, b) }
}
type Friends = Awaited<ReturnType<typeof twoFriends>>

/** The same message many times at once, half of them over sockets of their own, half over HTTP. */
async function tryAtOnce(url: string, { a }: Friends, sending: Sending): Promise<Message[]> {
  const devices = await Promise.all(
    Array.from({ length: TRIES / 2 }, async () => connect(url, await newMemory(a))),
  )
  try {
    return await Promise.all(
      devices.flatMap((device) => [device.send(sending), a.client.call('messages.send', sending)]),
    )
  } finally {
    for (const device of devices) device.cut()
  }
}

const idAndSeq = ({ id, seq }: Message): string => `${id} ${seq}`

test('the answer is cut off after the commit: ten retries get the id and seq of that commit (A2)', async (t) => {
  const random = seededRandom(t)
  const friends = await twoFriends(server.url, random)
  const { a, b, conversation } = friends
  const recipient = await connect(server.url, await newMemory(b))
  for (let round = 1; round <= 5; round++) {
    const sending = anySending(random, conversation)
    const sender = await connect(server.url, await newMemory(a))
    sender.sendAndTurnAway(sending)
    // That the other side has it is how we know of the commit.
    await recipient.reached(recipient.memory.cursor.seq + 1)
    sender.cut()
    const delivered = [...recipient.memory.messages.values()].at(-1)
    assert.equal(delivered?.text, sending.text)
    const answers = await tryAtOnce(server.url, friends, sending)
    assert.deepEqual(new Set(answers.map(idAndSeq)), new Set([idAndSeq(delivered)]))
    assert.equal((await history(b, conversation)).length, round)
  }
  recipient.cut()
})

async function firstTriesRacing(t: TestContext, url: string): Promise<void> {
  const random = seededRandom(t)
  const friends = await twoFriends(url, random)
  for (let round = 1; round <= 10; round++) {
    const sending = anySending(random, friends.conversation)
    const answers = await tryAtOnce(url, friends, sending)
    assert.equal(new Set(answers.map(idAndSeq)).size, 1, 'One id and seq for all tries.')
    assert.ok(answers.every(({ text }) => text === sending.text))
    assert.equal((await history(friends.b, friends.conversation)).length, round)
  }
}

test('ten first tries at once become one message (A2)', (t) => firstTriesRacing(t, server.url))

test('the mutant dedupe-outside is caught', async (t) => {
  const other = temporaryFolder()
  const mutant = await spawnServer(other.path, mutantEnvironment('dedupe-outside'))
  try {
    await assert.rejects(firstTriesRacing(t, mutant.url))
  } finally {
    await mutant.stop('SIGKILL')
    other.remove()
  }
})

const refusedWith = (code: RefusalCode) => (error: unknown) =>
  error instanceof Refusal && error.code === code

test('a used client id with another text or in another conversation is id_conflict, and changes nothing (A2)', async (t) => {
  const random = seededRandom(t)
  const { a, b, conversation } = await twoFriends(server.url, random)
  const c = await signUp(server.url, `c${random.word(10)}`)
  const elsewhere = await befriend(a, c)
  const device = await connect(server.url, await newMemory(a))
  const sending = anySending(random, conversation)
  const first = await device.send(sending)
  for (const other of [
    { ...sending, text: `${sending.text}.` },
    { ...sending, text: sending.text.normalize('NFD') + '\u0301' },
    { ...sending, conversation_id: elsewhere },
  ]) {
    await assert.rejects(device.send(other), refusedWith('id_conflict'))
    await assert.rejects(a.client.call('messages.send', other), refusedWith('id_conflict'))
  }
  assert.equal(idAndSeq(await device.send(sending)), idAndSeq(first))
  assert.deepEqual(
    (await history(b, conversation)).map(({ text }) => text),
    [sending.text],
  )
  assert.deepEqual(await history(c, elsewhere), [])
  // Ids are the sender's own: another person may happen on the same one.
  const theirs = await b.client.call('messages.send', { ...sending, text: 'mine' })
  assert.notEqual(theirs.id, first.id)
  device.cut()
})

test('a refusal is not remembered: the same client id goes through later, with whatever text (A2)', async (t) => {
  const random = seededRandom(t)
  const { a, b, conversation } = await twoFriends(server.url, random)
  const device = await connect(server.url, await newMemory(a))
  const client_id = random.word(20) as ClientId
  const attempt = (text: string) => ({ conversation_id: conversation, client_id, text })
  await b.client.call('graph.unfollow', { account_id: a.id })
  for (let count = 0; count < TRIES / 2; count++) {
    await assert.rejects(device.send(attempt('refused')), refusedWith('not_friends'))
    await assert.rejects(
      a.client.call('messages.send', attempt('refused')),
      refusedWith('not_friends'),
    )
  }
  await b.client.call('graph.follow', { account_id: a.id })
  const message = await device.send(attempt('another text'))
  assert.equal(message.text, 'another text')
  assert.deepEqual(
    (await history(b, conversation)).map(({ id }) => id),
    [message.id],
  )
  device.cut()
})

test('retrying what was unsent since gives its tombstone, never the text again (A2, U1)', async (t) => {
  const random = seededRandom(t)
  const friends = await twoFriends(server.url, random)
  const sending = anySending(random, friends.conversation)
  const [first] = await tryAtOnce(server.url, friends, sending)
  assert.ok(first)
  await history(friends.b, friends.conversation)
  await friends.a.client.call('messages.delete', { message_id: first.id, for: 'everyone' })
  for (const again of await tryAtOnce(server.url, friends, sending)) {
    assert.equal(idAndSeq(again), idAndSeq(first))
    assert.equal(again.text, null)
  }
  assert.equal((await history(friends.b, friends.conversation)).length, 1)
})
