// both engines
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { DownFrame } from '@takeback/protocol/frames.ts'
import type { ClientId, ConversationId } from '@takeback/protocol/ids.ts'
import type { Core, Hint } from '../src/core/types.ts'
import { startGateway, type TestGateway } from './gateway.ts'
import {
  assertRefused,
  exchange,
  hello,
  maskedFrame,
  openSocket,
  parseAnswer,
  rawHandshake,
  type SocketClient,
} from './talk.ts'
import { startTestCore, type TestCaller, type TestCore } from './world.ts'

let tested: TestCore
let gateway: TestGateway
let mira: TestCaller
let jonas: TestCaller
let conversation: ConversationId

before(async () => {
  tested = await startTestCore()
  gateway = await startGateway(tested.served)
  mira = await tested.person('mira')
  jonas = await tested.person('jonas')
  conversation = await tested.befriend(mira, jonas)
})
after(async () => {
  assert.deepEqual(gateway.errors, [])
  await gateway.close()
  await tested.close()
})

let sent = 0
const nextId = () => `message-${++sent}` as ClientId
const sendFrame = (text: string, ref?: string) => ({
  type: 'send',
  ...(ref === undefined ? {} : { ref }),
  data: { conversation_id: conversation, client_id: nextId(), text },
})
const say = (from: TestCaller, text: string) =>
  from.call('messages.send', { conversation_id: conversation, client_id: nextId(), text })
const headOf = (person: TestCaller) => tested.core.head(person.account_id)
const cursorOf = async (person: TestCaller) => {
  const { epoch, head } = await headOf(person)
  return { epoch, seq: head }
}

type Page = Extract<DownFrame, { type: 'events' }>['data']
const pagesOf = (client: SocketClient): Page[] =>
  client.frames.flatMap((frame) => (frame.type === 'events' ? [frame.data] : []))

/** That pages join without a gap or an overlap, and reach `head`. */
function assertGapless(client: SocketClient, from: number, head: number): void {
  let at = from
  for (const { after, through, events } of pagesOf(client)) {
    assert.equal(after, at)
    const seqs = events.map(({ seq }) => seq)
    assert.deepEqual(
      seqs,
      seqs.toSorted((a, b) => a - b),
    )
    assert.ok(seqs.every((seq) => seq > after && seq <= through))
    at = through
  }
  assert.equal(at, head)
}

const reached = (client: SocketClient, head: number) =>
  client.until(() => (pagesOf(client).at(-1)?.through ?? 0) >= head)

/** The texts of new messages, in the order in which they came. */
function textsOf(client: SocketClient): (string | null | undefined)[] {
  return pagesOf(client).flatMap(({ events, messages, conversations }) => {
    const all = [...messages, ...conversations.flatMap((one) => one.last_message ?? [])]
    return events.flatMap((event) =>
      event.kind === 'message.new' ? [all.find(({ id }) => id === event.message_id)?.text] : [],
    )
  })
}

describe('opening a socket', () => {
  const upgrade = (path: string, headers = '') =>
    exchange(
      gateway.port,
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`,
    )

  test('at another path is not_found', async () => {
    for (const path of ['/', '/socket', '/v1/socket/', '/v1/me', '//v1/socket', '/v1/%73ocket'])
      assertRefused(parseAnswer(await upgrade(path)), 'not_found', path)
  })

  test('from a page of another origin is origin_not_allowed', async () => {
    for (const origin of [
      'https://evil.example',
      'null',
      `https://127.0.0.1:${gateway.port}.evil.example`,
    ])
      assertRefused(
        parseAnswer(await upgrade('/v1/socket', `Origin: ${origin}\r\n`)),
        'origin_not_allowed',
      )
  })

  test('with a handshake that is none is invalid_input', async () => {
    const answer = await exchange(
      gateway.port,
      'GET /v1/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    assertRefused(parseAnswer(answer), 'invalid_input')
  })

  test('and leaving rudely while being refused ends nothing but that connection', async () => {
    for (let round = 0; round < 50; round++) {
      const rude = connect(gateway.port, '127.0.0.1')
      rude.on('error', () => {})
      await once(rude, 'connect')
      rude.write(
        `GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${'x'.repeat(5000)}`,
        () => rude.resetAndDestroy(),
      )
      await once(rude, 'close')
    }
    await (await hello(gateway.url, mira.token)).close()
  })

  test('refused ones are not kept half open', async () => {
    const stubborn = connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true })
    stubborn.on('error', () => {})
    stubborn.write(
      'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    await once(stubborn.resume(), 'end')
    while ([...gateway.ends].some((end) => end.remotePort === stubborn.localPort))
      await new Promise((resolve) => setImmediate(resolve))
    stubborn.destroy()
  })
})

describe('hello', () => {
  const greeting = (over: object = {}) => ({
    type: 'hello',
    ref: 'h1',
    data: { token: mira.token, ...over },
  })

  test('not said in time closes with 4400', async () => {
    const hasty = await startGateway(tested.served, { helloWithin: 20 })
    try {
      const client = await openSocket(hasty.url)
      assert.deepEqual(await client.closed, { code: 4400, reason: 'hello_expected' })
      assert.deepEqual(client.frames, [])
    } finally {
      await hasty.close()
      tested.core.onHint(gateway.connections.onHint)
    }
  })

  test('is answered with a welcome that carries its ref and where the log stands', async () => {
    const client = await openSocket(gateway.url)
    client.write(greeting())
    const { ref, data } = await client.take('welcome')
    assert.equal(ref, 'h1')
    const { epoch, head } = await headOf(mira)
    const { account_id, device_id } = mira
    assert.deepEqual(data, { account_id, device_id, epoch, head, heartbeat_ms: 2 ** 30 })
    await client.close()
  })

  for (const [what, frame] of Object.entries({
    'not JSON': 'hello',
    'another frame': { type: 'ack', ref: 'h1', data: { epoch: '0'.repeat(26), seq: 1 } },
    'an unknown type': { type: 'greetings', ref: 'h1', data: {} },
    'no data': { type: 'hello', ref: 'h1' },
    'an unknown member': { type: 'hello', ref: 'h1', data: {}, extra: 1 },
    'a cursor that is none': { type: 'hello', ref: 'h1', data: { cursor: 7 } },
    'a binary frame': Buffer.from('{"type":"hello","data":{}}'),
    'a list': [],
    nothing: 'null',
  }))
    test(`first frame ${what}: a problem, with the ref if there is one, and 4400`, async () => {
      const client = await openSocket(gateway.url)
      client.write(Array.isArray(frame) ? '[]' : frame)
      const { data, ref } = await client.take('problem')
      assert.equal(data.code, 'invalid_input')
      assert.equal(ref, typeof frame === 'object' && 'ref' in frame ? 'h1' : undefined)
      assert.equal((await client.closed).code, 4400)
    })

  test('without a good token closes with 4401', async () => {
    for (const data of [{}, { token: 'nonsense' }, { token: '' }]) {
      const client = await openSocket(gateway.url)
      client.write({ type: 'hello', ref: 'h1', data })
      const problem = await client.take('problem')
      assert.deepEqual([problem.ref, problem.data.code], ['h1', 'not_signed_in'])
      assert.equal((await client.closed).code, 4401)
    }
  })

  test('by cookie counts only with the origin of a page that may', async () => {
    const cookie = `takeback_session=${mira.token}`
    const page = await openSocket(gateway.url, { cookie, origin: gateway.url })
    page.write({ type: 'hello', data: {} })
    assert.equal((await page.take('welcome')).data.account_id, mira.account_id)
    await page.close()

    const none = await openSocket(gateway.url, { cookie })
    none.write({ type: 'hello', data: {} })
    assert.equal((await none.take('problem')).data.code, 'not_signed_in')
    await none.closed
  })

  test('comes once', async () => {
    const client = await hello(gateway.url, mira.token)
    client.write(greeting())
    const { ref, data } = await client.take('problem')
    assert.deepEqual([ref, data.code], ['h1', 'invalid_input'])
    await client.close()
  })

  test('frames that come along with it are answered, sends in order', async () => {
    const socket = await rawHandshake(gateway.port)
    let received = ''
    socket.on('data', (chunk) => (received += chunk.toString('latin1')))
    const frames = [
      greeting(),
      sendFrame('one', 'a'),
      sendFrame('two', 'b'),
      { type: 'nonsense', ref: 'c' },
    ]
    socket.write(Buffer.concat(frames.map((frame) => maskedFrame(JSON.stringify(frame)))))
    const refs = () => [...received.matchAll(/"ref":"(\w+)"/g)].map(([, ref]) => ref)
    while (refs().length < frames.length) await once(socket, 'data')
    assert.deepEqual(
      refs().filter((ref) => ref !== 'c'),
      ['h1', 'a', 'b'],
    )
    socket.destroy()
  })
})

describe('frames', () => {
  test('that are broken are refused, and the twentieth closes with 4422', async () => {
    const client = await hello(gateway.url, mira.token)
    const broken = [
      'nonsense',
      '{"type":"send"}',
      { type: 'unknown', data: {} },
      { type: 'send', data: { conversation_id: conversation } },
      { type: 'send', ref: 7, data: {} },
      { type: 'send', ref: 'x'.repeat(65), data: {} },
      { type: 'ack', data: { epoch: 'x', seq: -1 } },
      { type: 'typing', data: { conversation_id: ['x'] } },
      Buffer.from([1, 2, 3]),
      '{"type":"send","data":{"__proto__":{}}}',
      `{"type":"send","data":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
    ]
    for (let n = 0; n < 20; n++) client.write(broken[n % broken.length])
    assert.deepEqual(await client.closed, { code: 4422, reason: 'bad_frame' })
    const codes = client.frames.flatMap((frame) =>
      frame.type === 'problem' ? frame.data.code : [],
    )
    assert.ok(codes.length >= 19)
    assert.deepEqual([...new Set(codes)], ['invalid_input'])
  })

  test('that are refused by rule are no broken frames: they close nothing', async () => {
    const client = await hello(gateway.url, mira.token)
    for (let n = 0; n < 30; n++) client.write(sendFrame('   ', `r${n}`))
    await client.until(() => client.frames.length === 31)
    client.write(sendFrame('still here', 'last'))
    assert.equal((await client.take('reply')).ref, 'last')
    await client.close()
  })

  test('keep their ref, whatever it holds and wherever it stands', async () => {
    const client = await hello(gateway.url, mira.token)
    const refs = ['a b', 'é', '🌅', '"', '1.2:3/4', 'x'.repeat(64)]
    for (const ref of refs) {
      client.write(sendFrame(' ', ref))
      assert.equal((await client.take('problem')).ref, ref)
      client.write({ type: 'nonsense', data: { text: 'x'.repeat(2000), ref: 'inner' }, ref })
      assert.equal((await client.take('problem')).ref, ref)
    }
    await client.close()
  })

  test('past 64 KiB close with 1009; broken UTF-8 with 1007', async () => {
    const large = await hello(gateway.url, mira.token)
    large.write('x'.repeat(64 * 1024 + 1))
    assert.equal((await large.closed).code, 1009)

    const socket = await rawHandshake(gateway.port)
    socket.write(maskedFrame(Buffer.from([0xff, 0xfe])))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    assert.deepEqual([answer[0], answer.readUInt16BE(2)], [0x88, 1007])
    socket.destroy()
  })

  test('in fragments are one frame; fragments past the bound together close with 1009', async () => {
    const whole = JSON.stringify({ type: 'hello', data: { token: mira.token } })
    const socket = await rawHandshake(gateway.port)
    socket.write(maskedFrame(whole.slice(0, 10), { fin: false }))
    socket.write(maskedFrame('', { opcode: 9 }))
    socket.write(maskedFrame(whole.slice(10, 20), { opcode: 0, fin: false }))
    socket.write(maskedFrame(whole.slice(20), { opcode: 0 }))
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => (received = Buffer.concat([received, chunk])))
    while (!received.includes('"welcome"')) await once(socket, 'data')

    socket.write(maskedFrame('x'.repeat(40_000), { fin: false }))
    socket.write(maskedFrame('x'.repeat(40_000), { opcode: 0 }))
    const tooLarge = Buffer.from([0x88, 2, 1009 >> 8, 1009 & 255])
    while (!received.includes(tooLarge)) await once(socket, 'data')
    socket.destroy()
  })

  test('hundreds of sends at once keep their order (O1), and so do their replies', async () => {
    const client = await hello(gateway.url, mira.token)
    const count = 600
    for (let n = 0; n < count; n++) client.write(sendFrame(`${n}`, `${n}`))
    await client.until(() => client.frames.filter(({ type }) => type === 'reply').length === count)
    const replies = client.frames.flatMap((frame) => (frame.type === 'reply' ? [frame] : []))
    assert.deepEqual(
      replies.map(({ ref }) => ref),
      Array.from({ length: count }, (_, n) => `${n}`),
    )
    const seqs = replies.map(({ data }) => (data as { seq: number }).seq)
    assert.deepEqual(
      seqs,
      seqs.toSorted((a, b) => a - b),
    )
    await client.close()
  })
})

/** A core whose sends do not end until they are let go. */
function holdingCore(core: Core) {
  const held: (() => void)[] = []
  let most = 0
  const holding: Core = {
    ...core,
    async call(name, caller, input) {
      if (name === 'messages.send') {
        const go = new Promise<void>((resolve) => held.push(resolve))
        most = Math.max(most, held.length)
        await go
      }
      return core.call(name, caller, input)
    },
  }
  return { holding, held, most: () => most }
}

describe('backpressure', () => {
  test('one socket has at most 64 frames under way, however they arrive', async () => {
    const { holding, held, most } = holdingCore(tested.served)
    const held64 = await startGateway(holding)
    try {
      const client = await hello(held64.url, mira.token)
      for (let n = 0; n < 300; n++) client.write(sendFrame(`${n}`, `${n}`))
      while (most() < 64) await new Promise((resolve) => setImmediate(resolve))
      const replies = () => client.frames.filter(({ type }) => type === 'reply').length
      while (replies() < 300) {
        held.shift()?.()
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert.equal(most(), 64)
      await client.close()
    } finally {
      await held64.close()
      tested.core.onHint(gateway.connections.onHint)
    }
  })

  test('large frames count by their size: what is under way stays bounded (S2)', async () => {
    const { holding, held, most } = holdingCore(tested.served)
    const gate = await startGateway(holding)
    try {
      const client = await hello(gate.url, mira.token)
      for (let n = 0; n < 20; n++) client.write(sendFrame('🌅'.repeat(2000), `${n}`))
      const replies = () => client.frames.filter(({ type }) => type === 'reply').length
      while (replies() < 20) {
        held.shift()?.()
        await new Promise((resolve) => setImmediate(resolve))
      }
      assert.ok(most() <= 4, `${most()} at once`)
      await client.close()
    } finally {
      await gate.close()
      tested.core.onHint(gateway.connections.onHint)
    }
  })
})

describe('following the log', () => {
  test('from a cursor brings exactly what is missing (S4)', async () => {
    const from = await cursorOf(jonas)
    for (let n = 0; n < 10; n++) await say(mira, `missing ${n}`)
    const client = await hello(gateway.url, jonas.token, from)
    const { head } = await headOf(jonas)
    await reached(client, head)
    assertGapless(client, from.seq, head)
    assert.deepEqual(
      textsOf(client),
      Array.from({ length: 10 }, (_, n) => `missing ${n}`),
    )
    await client.close()
  })

  test('without a cursor brings nothing until `resume`', async () => {
    const client = await hello(gateway.url, jonas.token)
    const from = { epoch: client.welcome.epoch, seq: client.welcome.head }
    await say(mira, 'not asked for')
    client.write({ type: 'nonsense' })
    await client.take('problem')
    assert.deepEqual(pagesOf(client), [])
    client.write({ type: 'resume', data: from })
    const { data } = await client.take('events')
    assert.equal(data.after, from.seq)
    await client.close()
  })

  test('from a cursor of another epoch, of the future or trimmed away: reset (S6)', async () => {
    const { epoch, seq } = await cursorOf(jonas)
    tested.clock.advance(91 * 24 * 60 * 60_000)
    await tested.core.trim()
    await say(mira, 'after the trim')
    const { head } = await headOf(jonas)
    const cursors = [
      { epoch: '0'.repeat(26), seq },
      { epoch, seq: head + 1 },
      { epoch, seq: Number.MAX_SAFE_INTEGER },
      { epoch, seq: seq - 1 },
    ]
    for (const cursor of cursors) {
      const client = await hello(gateway.url, jonas.token, cursor)
      assert.deepEqual((await client.take('reset')).data, { type: 'reset', epoch, head })
      // It follows again from a good one.
      client.write({ type: 'resume', data: { epoch, seq: head - 1 } })
      assert.equal((await client.take('events')).data.through, head)
      await client.close()
    }
  })

  test('loses and doubles nothing while sends race with the connect (S11)', async () => {
    for (let round = 0; round < 40; round++) {
      const from = await cursorOf(jonas)
      const texts = Array.from({ length: 8 }, (_, n) => `round ${round}, ${n}`)
      // Spread over the turns in which the socket opens, another way in each round; none comes after
      // whose hint would heal the loss of an earlier one.
      const sending = texts.map(async (text, n) => {
        for (let turn = 0; turn < (n * round * 7) % 199; turn++)
          await new Promise((resolve) => setImmediate(resolve))
        return say(mira, text)
      })
      const client = await hello(gateway.url, jonas.token, from)
      await Promise.all(sending)
      const { head } = await headOf(jonas)
      await reached(client, head)
      assertGapless(client, from.seq, head)
      assert.deepEqual(new Set(textsOf(client)), new Set(texts))
      assert.equal(textsOf(client).length, texts.length)
      await client.close()
    }
  })

  test('brings everything to two devices of one person alike', async () => {
    const tablet = await jonas.anotherDevice()
    const from = await cursorOf(jonas)
    const clients = await Promise.all(
      [jonas, tablet].map(({ token }) => hello(gateway.url, token, from)),
    )
    await Promise.all(Array.from({ length: 20 }, (_, n) => say(n % 2 ? mira : tablet, `both ${n}`)))
    const { head } = await headOf(jonas)
    for (const client of clients) {
      await reached(client, head)
      assertGapless(client, from.seq, head)
      assert.equal(textsOf(client).length, 20)
    }
    const [a, b] = clients
    assert.deepEqual(a && textsOf(a), b && textsOf(b))
    await Promise.all(clients.map((client) => client.close()))
  })
})

describe('typing', () => {
  test('is shown to the other members and nobody else, and not after a block (X1)', async () => {
    const stranger = await tested.person('stranger')
    const own = await hello(gateway.url, mira.token)
    const other = await hello(gateway.url, jonas.token)
    const outside = await hello(gateway.url, stranger.token)
    const all = [own, other, outside]
    const settle = async (client: SocketClient) => {
      client.write({ type: 'hello', data: {} })
      await client.take('problem')
    }
    own.write({ type: 'typing', data: { conversation_id: conversation } })
    assert.deepEqual((await other.take('typing')).data, {
      conversation_id: conversation,
      account_id: mira.account_id,
    })
    await jonas.call('graph.block', { account_id: mira.account_id })
    own.write({ type: 'typing', data: { conversation_id: conversation } })
    for (const client of all) await settle(client)
    assert.deepEqual(
      all.map(({ frames }) => frames.filter(({ type }) => type === 'typing').length),
      [0, 1, 0],
    )
    await jonas.call('graph.unblock', { account_id: mira.account_id })
    await Promise.all(all.map((client) => client.close()))
  })
})

describe('hints that are lost', () => {
  let lossy: TestGateway
  let lost: Hint[]
  const start = async (times: { heartbeat?: number; pollEvery?: number }) => {
    lost = []
    lossy = await startGateway(tested.served, { ...times, listen: (hint) => void lost.push(hint) })
  }
  const stop = async () => {
    await lossy.close()
    tested.core.onHint(gateway.connections.onHint)
  }

  test('are healed by the poll: the message comes, though no poke did (B1)', async () => {
    await start({ pollEvery: 20 })
    try {
      const from = await cursorOf(jonas)
      const client = await hello(lossy.url, jonas.token, from)
      await say(mira, 'unpoked')
      const { head } = await headOf(jonas)
      await reached(client, head)
      assert.deepEqual(textsOf(client), ['unpoked'])
      assert.ok(lost.some(({ type }) => type === 'poke'))
      await client.close()
    } finally {
      await stop()
    }
  })

  test('are healed by the poll: a revoked device is cut, and only it (S1)', async () => {
    await start({ pollEvery: 20 })
    try {
      const phone = await jonas.anotherDevice()
      const [cut, kept] = await Promise.all([
        hello(lossy.url, phone.token),
        hello(lossy.url, jonas.token),
      ])
      await jonas.call('sessions.revoke', { device_id: phone.device_id })
      assert.equal((await cut.closed).code, 4403)
      assert.equal(kept.socket.readyState, kept.socket.OPEN)
      await kept.close()
    } finally {
      await stop()
    }
  })

  test('show in the heartbeat, which carries the head (B1)', async () => {
    await start({ heartbeat: 20 })
    try {
      const client = await hello(lossy.url, jonas.token)
      await say(mira, 'unpoked again')
      const { head } = await headOf(jonas)
      await client.until(() =>
        client.frames.some((one) => one.type === 'heartbeat' && one.data.head === head),
      )
      await client.close()
    } finally {
      await stop()
    }
  })
})

describe('heartbeat', () => {
  test('drops a peer that answers nothing, and keeps one that does', async () => {
    const beating = await startGateway(tested.served, { heartbeat: 300 })
    try {
      const dead = await rawHandshake(beating.port)
      dead.write(maskedFrame(JSON.stringify({ type: 'hello', data: { token: mira.token } })))
      const alive = await hello(beating.url, jonas.token)
      await once(dead.resume(), 'close')
      await alive.take('heartbeat')
      assert.equal(alive.socket.readyState, alive.socket.OPEN)
      await alive.close()
    } finally {
      await beating.close()
      tested.core.onHint(gateway.connections.onHint)
    }
  })
})

test('stopping sends everybody elsewhere with 1012', async () => {
  const stopping = await startGateway(tested.served)
  const clients = [await hello(stopping.url, mira.token), await openSocket(stopping.url)]
  const closing = clients.map((client) => client.closed)
  await stopping.close()
  for (const closed of await Promise.all(closing)) assert.ok([1012, 1006].includes(closed.code))
  assert.equal(stopping.connections.count(), 0)
  tested.core.onHint(gateway.connections.onHint)
})
