// both engines
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { DownFrame } from '@takeback/protocol/frames.ts'
import type { ClientId, ConversationId } from '@takeback/protocol/ids.ts'
import { startGateway, type TestGateway } from './gateway.ts'
import { hello, maskedFrame, rawHandshake, type SocketClient } from './talk.ts'
import { startTestCore, type TestCaller, type TestCore } from './world.ts'

/** What one reader may cost in buffers, bytes (S2). */
const BOUND = 256 * 1024
/** Texts that are largest as JSON: 4,000 characters of which each takes six bytes there. */
const LARGE = `x${'\u0001'.repeat(3999)}`

let tested: TestCore
let mira: TestCaller
let jonas: TestCaller
let conversation: ConversationId
/** Texts that wait in Jonas' log: more than the kernel's buffers hold, so that a reader can stop. */
let texts: string[]
let epoch: string

before(async () => {
  tested = await startTestCore()
  mira = await tested.person('mira')
  jonas = await tested.person('jonas')
  conversation = await tested.befriend(mira, jonas)
  texts = Array.from({ length: 400 }, (_, n) => `${n} ${LARGE}`.slice(0, 4000))
  await Promise.all(texts.map((text) => say(text)))
  ;({ epoch } = await tested.core.head(jonas.account_id))
})
after(() => tested.close())

let sent = 0
const say = (text: string, from = mira, conversation_id = conversation) =>
  from.call('messages.send', { conversation_id, client_id: `message-${++sent}` as ClientId, text })

/** Somebody who shakes hands, says hello and then reads nothing more. */
async function stall(
  gateway: TestGateway,
  data: object,
): Promise<{ client: Socket; end: Socket; highest: () => number }> {
  const client = await rawHandshake(gateway.port)
  client.pause()
  client.write(maskedFrame(JSON.stringify({ type: 'hello', data })))
  const end = [...gateway.ends].find(({ remotePort }) => remotePort === client.localPort)
  assert.ok(end)
  return { client, end, highest: highestOf(end) }
}

/** Watches the highest that ever waited for a reader, at each write. */
function highestOf(end: Socket): () => number {
  let highest = 0
  const write = end.write.bind(end) as (...args: unknown[]) => boolean
  end.write = (...args: unknown[]) => {
    const more = write(...args)
    highest = Math.max(highest, end.writableLength)
    return more
  }
  return () => highest
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

function textsOf(frames: DownFrame[]): string[] {
  return frames.flatMap((frame) => {
    if (frame.type !== 'events') return []
    const { events, messages, conversations } = frame.data
    const all = [...messages, ...conversations.flatMap((one) => one.last_message ?? [])]
    return events.flatMap((event) =>
      event.kind === 'message.new'
        ? (all.find(({ id }) => id === event.message_id)?.text ?? '')
        : [],
    )
  })
}

async function patiently<T>(
  patience: number,
  run: (gateway: TestGateway) => Promise<T>,
): Promise<T> {
  const gateway = await startGateway(tested.served, { patience })
  try {
    return await run(gateway)
  } finally {
    await gateway.close()
    assert.deepEqual(gateway.errors, [])
  }
}

const NEVER = 2 ** 30

describe('a reader that stopped (S2)', () => {
  test('costs at most 256 KiB, others get all, and it resumes without loss', () =>
    patiently(NEVER, async (gateway) => {
      const cursor = { epoch, seq: 0 }
      const { client, end, highest } = await stall(gateway, { token: jonas.token, cursor })
      while (end.writableLength === 0) await turn()
      await quiet(end)
      const reader = await hello(gateway.url, jonas.token, cursor)
      await Promise.all(Array.from({ length: 20 }, (_, n) => say(add(`live ${n}`))))
      await caughtUp(reader)
      assert.deepEqual(textsOf(reader.frames), texts)
      assert.ok(highest() <= BOUND, `${highest()} bytes waited`)
      client.destroy()

      const back = await hello(gateway.url, jonas.token, cursor)
      await caughtUp(back)
      assert.deepEqual(textsOf(back.frames), texts)
      await Promise.all([reader.close(), back.close()])
    }))

  test('is cut with 4408 once it has taken nothing for its patience', () =>
    patiently(50, async (gateway) => {
      const cursor = { epoch, seq: 0 }
      const { client, end } = await stall(gateway, { token: jonas.token, cursor })
      const closing = Buffer.from([4408 >> 8, 4408 & 255, ...Buffer.from('slow_reader')])
      let told = false
      const write = end.write.bind(end) as (...args: unknown[]) => boolean
      end.write = (...args: unknown[]) => {
        const [chunk] = args
        told ||= Buffer.isBuffer(chunk) && chunk.equals(closing)
        return write(...args)
      }
      await gone(end)
      assert.ok(told)
      assert.equal(gateway.connections.count(), 0)
      client.destroy()
    }))

  test('costs no more by many conversations with large last messages', () =>
    patiently(NEVER, async (gateway) => {
      const popular = await tested.person('popular')
      const friends = await Promise.all(
        Array.from({ length: 20 }, async (_, n) => {
          const friend = await tested.person(`friend${n}`)
          const id = await tested.befriend(friend, popular)
          await say(LARGE, friend, id)
          return friend
        }),
      )
      const { head: seq } = await tested.core.head(popular.account_id)
      // Each rename is one small event that drags a conversation with its last message along.
      for (let round = 0; round < 8; round++)
        await Promise.all(
          friends.map((friend) => friend.call('me.update', { display_name: `Friend ${round}` })),
        )
      const cursor = { epoch, seq }
      const { client, end, highest } = await stall(gateway, { token: popular.token, cursor })
      while (end.bytesWritten <= 20 * 24_000) await turn()
      await quiet(end)
      assert.ok(highest() <= BOUND, `${highest()} bytes waited`)
      client.destroy()
    }))

  for (const [what, count, frame] of [
    [
      'replies',
      200,
      () =>
        json({
          type: 'send',
          data: { conversation_id: conversation, client_id: `asked-${++sent}`, text: LARGE },
        }),
    ],
    [
      'refusals',
      3000,
      () =>
        json({
          type: 'typing',
          ref: 'x'.repeat(64),
          data: { conversation_id: `7${'z'.repeat(25)}` },
        }),
    ],
    ['pongs', 5000, () => maskedFrame('p'.repeat(125), { opcode: 9 })],
  ] as const)
    test(`costs no more by asking for ${what}`, () =>
      patiently(NEVER, async (gateway) => {
        const cursor = { epoch, seq: 0 }
        const { client, end, highest } = await stall(gateway, { token: jonas.token, cursor })
        await quiet(end)
        client.write(Buffer.concat(Array.from({ length: count }, frame)))
        await quiet(end)
        assert.ok(highest() <= BOUND, `${highest()} bytes waited`)
        client.destroy()
      }))

  test('costs no more by others typing to it', () =>
    patiently(NEVER, async (gateway) => {
      const cursor = { epoch, seq: 0 }
      const { client, end, highest } = await stall(gateway, { token: jonas.token, cursor })
      await quiet(end)
      for (let n = 0; n < 3000; n++)
        await mira.call('conversations.typing', { conversation_id: conversation })
      assert.ok(highest() <= BOUND, `${highest()} bytes waited`)
      client.destroy()
    }))
})

async function caughtUp(client: SocketClient): Promise<void> {
  const { head } = await tested.core.head(jonas.account_id)
  await client.until(() => {
    const last = client.frames.at(-1)
    return last?.type === 'events' && last.data.through === head
  })
}

const json = (frame: object): Buffer => maskedFrame(JSON.stringify(frame))

function add(text: string): string {
  texts.push(text)
  return text
}

const gone = (end: Socket) => new Promise<void>((resolve) => end.once('close', () => resolve()))

/** Resolves once the store answered many times with nothing read from or written to a socket between. */
async function quiet(end: Socket): Promise<void> {
  let at = -1
  let still = 0
  while (still < 100) {
    const now = end.bytesRead + end.bytesWritten + end.writableLength
    still = now === at ? still + 1 : 0
    at = now
    await tested.core.head(jonas.account_id).then(turn)
  }
}

test('what idle sockets cost is printed', async (t) => {
  await patiently(NEVER, async (gateway) => {
    const count = 2000
    const before = process.memoryUsage().rss
    const clients: SocketClient[] = []
    for (let n = 0; n < count; n += 100)
      clients.push(
        ...(await Promise.all(Array.from({ length: 100 }, () => hello(gateway.url, mira.token)))),
      )
    assert.equal(gateway.connections.count(), count)
    const each = (process.memoryUsage().rss - before) / count
    t.diagnostic(`${count} idle sockets: ${Math.round(each / 1024)} KiB each, both ends together`)
    for (const { socket } of clients) socket.terminate()
  })
})
