/** A1, A2, O1 under K: the process is killed in the middle of its work, again and again. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { spawnServer, temporaryFolder, type ServerProcess } from '../world.ts'
import { at, connect, history, type Device } from './device.ts'
import {
  assertKept,
  createJournal,
  makePairs,
  storedIn,
  talk,
  unlessLost,
  type Journal,
  type Pair,
} from './load.ts'
import { seededRandom, type Random } from './seed.ts'

const PAIRS = 5
const KILLS = 10
const RETRIES = 10

const folder = temporaryFolder()
let running: ServerProcess | null = null
after(async () => {
  await running?.stop('SIGKILL')
  folder.remove()
})

async function start(): Promise<ServerProcess> {
  running = await spawnServer(folder.path)
  return running
}

test('what was acknowledged survives ten kills, once each, in its place (A1, A2, O1)', async (t) => {
  const random = seededRandom(t)
  const journal = createJournal()
  let server = await start()
  const pairs = await makePairs(server.url, PAIRS)

  for (let kill = 0; kill < KILLS; kill++) {
    const devices = await connectAll(server.url, pairs)
    const working = [
      ...retrySome(devices, journal, random),
      ...devices.map(({ device, conversation }) =>
        talk(device, conversation, journal, random, { window: 8, upTo: 1000 }),
      ),
    ]
    await journal.more(random.between(1, 150))
    await server.stop('SIGKILL')
    await Promise.all(working)
    await Promise.all(devices.map(({ device }) => device.closed))
    server = await start()
  }

  t.diagnostic(`${journal.stored().length} acknowledged, ${journal.pending().length} not`)
  const devices = await connectAll(server.url, pairs)
  await retryAll(server.url, devices, journal)
  for (const { device } of devices) {
    const person = at(server.url, device.memory.person)
    const snapshot = await person.client.call('sync.read', {})
    assert.equal(snapshot.type, 'snapshot')
    await device.reached(snapshot.seq)
  }
  for (const { device, conversation } of devices) {
    const fresh = await history(at(server.url, device.memory.person), conversation)
    const held = [...device.memory.messages.values()].toSorted((a, b) => a.seq - b.seq)
    assert.deepEqual(held, fresh, 'Who resumed holds what history holds (O1).')
  }
  assert.equal(await server.stop(), 0)
  assertKept(journal, storedIn(join(folder.path, 'takeback.db')))
})

interface Connected {
  device: Device
  conversation: Pair['conversation']
}

const connectAll = (url: string, pairs: readonly Pair[]): Promise<Connected[]> =>
  Promise.all(
    pairs.flatMap(({ conversation, memories }) =>
      memories.map(async (memory) => ({ device: await connect(url, memory), conversation })),
    ),
  )

const deviceOf = (devices: readonly Connected[], account: string): Device => {
  const found = devices.find(({ device }) => device.memory.person.id === account)
  assert.ok(found)
  return found.device
}

/** Half of what got no answer is tried again at once, as an outbox does; the rest much later. */
const retrySome = (
  devices: readonly Connected[],
  journal: Journal,
  random: Random,
): Promise<void>[] =>
  journal
    .pending()
    .filter(() => random.chance(0.5))
    .map(({ sender, sending }) =>
      deviceOf(devices, sender.id)
        .send(sending)
        .then((message) => journal.acknowledged(sending, message))
        .catch(unlessLost),
    )

/** Everything without an answer, ten times each, by both ways at once: the journal compares them. */
async function retryAll(
  url: string,
  devices: readonly Connected[],
  journal: Journal,
): Promise<void> {
  await Promise.all(
    journal.pending().flatMap(({ sender, sending }) =>
      Array.from({ length: RETRIES }, async (_, index) => {
        const message = await (index % 2 === 0
          ? deviceOf(devices, sender.id).send(sending)
          : at(url, sender).client.call('messages.send', sending))
        journal.acknowledged(sending, message)
      }),
    ),
  )
  assert.equal(journal.pending().length, 0)
}
