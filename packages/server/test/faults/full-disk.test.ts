/** A1, A3 under D: a disk without room refuses writes, all of a batch, and nothing else suffers. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { ClientId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { createClient } from '@takeback/sdk/client.ts'
import { mutantEnvironment } from '../mutants.ts'
import { befriend, signUp, spawnServer, temporaryFolder } from '../world.ts'
import { at, connect, history, type Device, type Sending } from './device.ts'
import { eventually } from './files.ts'
import {
  anySending,
  assertKept,
  createJournal,
  makePairs,
  storedIn,
  talk,
  type Journal,
  type Pair,
} from './load.ts'
import { seededRandom, type Random } from './seed.ts'
import { smallDisk, type SmallDisk } from './small-disk.ts'

const MEGABYTES = 12
/** More than fit into what a full disk may still hold in blocks that are its own already. */
const MANY = 100

test('a full disk refuses sends and keeps serving reads; with room again it stores again by itself (A1, A3)', async (t) => {
  const random = seededRandom(t)
  const disk = await smallDisk(t, MEGABYTES)
  if (disk === null) return
  const scene = await talkUntilFull(t, disk, random)
  const { server, pairs, journal, devices, reader } = scene

  const refused = await wholeBatchIsRefused(scene, random)
  await readsGoOn(server.url, pairs, journal)
  assert.equal(await statusOf(server.url), 'degraded')
  assert.equal((await fetch(`${server.url}/readyz`)).status, 503)
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  const [any] = journal.stored()
  assert.ok(any)
  await assert.rejects(
    any.sender.client.call('messages.delete', { message_id: any.message.id, for: 'everyone' }),
    isStorageUnavailable,
  )

  disk.free()
  // Nobody sends meanwhile: a load balancer that heeds /readyz keeps everybody away.
  await eventually('the store is well again', async () => (await statusOf(server.url)) === 'ok')
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
  for (const sending of refused) {
    const device = senderOf(devices, sending)
    journal.acknowledged(sending, await device.send(sending))
    journal.acknowledged(sending, await device.memory.person.client.call('messages.send', sending))
  }
  await readsGoOn(server.url, pairs, journal)
  assert.ok(reader.length > 0)
  assert.equal(await server.stop(), 0)

  const again = await spawnServer(disk.path, {}, disk.enter)
  t.after(() => again.stop('SIGKILL'))
  await readsGoOn(again.url, pairs, journal)
  assert.equal(await again.stop(), 0)
  const copy = temporaryFolder()
  t.after(copy.remove)
  disk.copyOut(['takeback.db'], copy.path)
  assertKept(journal, storedIn(join(copy.path, 'takeback.db')))
})

test('what was read while nothing could be recorded is taken back from its reader all the same (U2)', async (t) => {
  const disk = await smallDisk(t, MEGABYTES)
  if (disk === null) return
  const server = await spawnServer(disk.path, {}, disk.enter)
  t.after(() => server.stop('SIGKILL'))
  const [ann, ben] = [await signUp(server.url, 'ann'), await signUp(server.url, 'ben')]
  const conversation_id = await befriend(ann, ben)
  const { epoch } = await ben.client.call('sync.read', {})
  const send = (text: string, index: number) =>
    ann.client.call('messages.send', {
      conversation_id,
      client_id: `full-disk-${index}` as ClientId,
      text,
    })
  const message = await send('read on a full disk', 0)
  disk.fill()
  await assert.rejects(async () => {
    for (let index = 1; index < MANY; index++) await send('x'.repeat(4000), index)
  }, isStorageUnavailable)

  // Ben has fetched nothing before: his reading would have to be recorded.
  const page = await ben.client.call('messages.list', { conversation_id, limit: 100 })
  assert.equal(page.items[0]?.text, 'read on a full disk')
  assert.equal((await ben.client.call('conversations.list', {})).items.length, 1)
  assert.equal((await ben.client.call('sync.read', {})).type, 'snapshot')

  await server.stop('SIGKILL')
  disk.free()
  const again = await spawnServer(disk.path, {}, disk.enter)
  t.after(() => again.stop('SIGKILL'))
  const [ann2, ben2] = [ann, ben].map(({ token }) => createClient({ baseUrl: again.url, token }))
  await ann2?.call('messages.delete', { message_id: message.id, for: 'everyone' })
  const told = await ben2?.call('sync.read', { cursor: `${epoch}.0` })
  assert.ok(told?.type === 'events')
  assert.ok(
    told.events.some((event) => event.kind === 'message.updated'),
    'his log tells him of it',
  )
  const [line] = (await ben2?.call('messages.list', { conversation_id }))?.items ?? []
  assert.deepEqual([line?.id, line?.text], [message.id, null])
})

test('the mutant reply-before-commit is caught', async (t) => {
  const random = seededRandom(t)
  const disk = await smallDisk(t, MEGABYTES)
  if (disk === null) return
  await assert.rejects(talkUntilFull(t, disk, random, mutantEnvironment('reply-before-commit')))
})

/** Some talk, then no room: sends go on until one is refused. */
async function talkUntilFull(
  t: TestContext,
  disk: SmallDisk,
  random: Random,
  environment: Record<string, string> = {},
) {
  const server = await spawnServer(disk.path, environment, disk.enter)
  t.after(() => server.stop('SIGKILL'))
  const journal = createJournal()
  const pairs = await makePairs(server.url, 2)
  const devices = await Promise.all(
    pairs.flatMap(({ memories }) => memories.map((memory) => connect(server.url, memory))),
  )
  await Promise.all(
    pairs.map(({ conversation }, index) => {
      const device = devices[index * 2]
      assert.ok(device)
      return talk(device, conversation, journal, random, { window: 5, upTo: 30 })
    }),
  )
  disk.fill()
  const [device] = devices
  const [pair] = pairs
  assert.ok(device && pair)
  const refusal = await sendUntilRefused(device, pair, journal, random)
  assert.ok(isStorageUnavailable(refusal), String(refusal))
  return {
    server,
    pairs,
    journal,
    devices,
    reader: await history(pair.members[1], pair.conversation),
  }
}

async function sendUntilRefused(
  device: Device,
  { conversation }: Pair,
  journal: Journal,
  random: Random,
): Promise<unknown> {
  for (let count = 0; count < MANY; count++) {
    const sending = anySending(random, conversation)
    journal.sent(device.memory.person, sending)
    try {
      journal.acknowledged(sending, await device.send(sending))
    } catch (error) {
      return error
    }
  }
  throw new Error('A full disk refused nothing.')
}

const isStorageUnavailable = (error: unknown): boolean =>
  error instanceof Refusal &&
  error.code === 'storage_unavailable' &&
  error.row.status === 503 &&
  error.row.retryable

const senderOf = (devices: readonly Device[], sending: Sending): Device => {
  const [device] = devices
  assert.ok(device, sending.client_id)
  return device
}

/** Sent in one go, over the socket and over HTTP: every one of them hears that it was not stored. */
async function wholeBatchIsRefused(
  { devices, pairs, journal }: Awaited<ReturnType<typeof talkUntilFull>>,
  random: Random,
): Promise<Sending[]> {
  const [device] = devices
  const [pair] = pairs
  assert.ok(device && pair)
  const batch = Array.from({ length: 20 }, () => anySending(random, pair.conversation))
  const outcomes = await Promise.allSettled(
    batch.map((sending, index) => {
      journal.sent(device.memory.person, sending)
      return index % 2 === 0
        ? device.send(sending)
        : pair.members[0].client.call('messages.send', sending)
    }),
  )
  for (const outcome of outcomes)
    assert.ok(outcome.status === 'rejected' && isStorageUnavailable(outcome.reason))
  return journal.pending().map(({ sending }) => sending)
}

/** Everybody reads exactly what was acknowledged: nothing lost, nothing of what was refused. */
async function readsGoOn(url: string, pairs: readonly Pair[], journal: Journal): Promise<void> {
  for (const { conversation, members } of pairs) {
    const acknowledged = journal
      .stored()
      .filter(({ sending }) => sending.conversation_id === conversation)
      .toSorted((a, b) => a.message.seq - b.message.seq)
      .map(({ message, sending }) => [message.id, message.seq, sending.text])
    for (const member of members)
      assert.deepEqual(
        (await history(at(url, member), conversation)).map(({ id, seq, text }) => [id, seq, text]),
        acknowledged,
      )
  }
}

async function statusOf(url: string): Promise<string> {
  const response = await fetch(`${url}/status`)
  assert.equal(response.status, 200)
  return ((await response.json()) as { status: string }).status
}
