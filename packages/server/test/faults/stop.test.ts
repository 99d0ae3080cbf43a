/** An orderly stop in the middle of a load: nothing acknowledged is lost, everybody is sent elsewhere. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { closeCodes } from '@takeback/protocol/close-codes.ts'
import { spawnServer, temporaryFolder } from '../world.ts'
import { at, connect, type Sending } from './device.ts'
import {
  anySending,
  assertKept,
  createJournal,
  makePairs,
  storedIn,
  talk,
  type Journal,
} from './load.ts'
import { seededRandom, type Random } from './seed.ts'
import type { Person } from '../world.ts'

const STOPS = 2

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`${signal} under load: exit code 0, close code 1012, and every acknowledged message is kept`, async (t) => {
    const random = seededRandom(t)
    const folder = temporaryFolder()
    t.after(folder.remove)
    let server = await spawnServer(folder.path)
    t.after(() => server.stop('SIGKILL'))
    const journal = createJournal()
    const pairs = await makePairs(server.url, 3)

    for (let stop = 0; stop < STOPS; stop++) {
      const devices = await Promise.all(
        pairs.flatMap(({ conversation, memories }) =>
          memories.map(async (memory) => ({
            device: await connect(server.url, memory),
            conversation,
          })),
        ),
      )
      const working = devices.flatMap(({ device, conversation }) => [
        talk(device, conversation, journal, random, { window: 6, upTo: 2000 }),
        talkOverHttp(at(server.url, device.memory.person), conversation, journal, random),
      ])
      await journal.more(random.between(20, 200))
      assert.equal(await server.stop(signal), 0)
      await Promise.all(working)
      for (const { device } of devices)
        assert.equal(await device.closed, closeCodes.restarting.code)
      assertKept(journal, storedIn(join(folder.path, 'takeback.db')))
      server = await spawnServer(folder.path)
    }
    t.diagnostic(`${journal.stored().length} acknowledged, ${journal.pending().length} not`)
  })

/** One after the other, until the service is gone. */
async function talkOverHttp(
  person: Person,
  conversation: Sending['conversation_id'],
  journal: Journal,
  random: Random,
): Promise<void> {
  for (;;) {
    const sending = anySending(random, conversation)
    journal.sent(person, sending)
    try {
      journal.acknowledged(sending, await person.client.call('messages.send', sending))
    } catch {
      return
    }
  }
}
