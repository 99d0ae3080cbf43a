import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closeCodes } from '@takeback/protocol/close-codes.ts'
import { Refusal, toProblem } from '@takeback/protocol/refusals.ts'
import { createTestDevice, startOnline } from '../test/device.ts'
import {
  anna,
  bert,
  chat,
  conversation,
  epoch,
  message,
  messageId,
  messagePage,
  otherEpoch,
  page,
  phone,
  snapshot,
  tombstone,
} from '../test/samples.ts'
import { HEARTBEAT } from '../test/service.ts'
import { settle, until } from '../test/until.ts'

test('S11: the socket stands before the snapshot is read, and the log follows from it', async (context) => {
  const { service, takeback } = await createTestDevice(context)
  let socketsThen = 0
  service.on('sync.read', () => {
    socketsThen = service.sockets.length
    return snapshot({ seq: 5 })
  })
  await takeback.start()
  const socket = await service.connection(1)
  const hello = await socket.frame('hello')
  assert.deepEqual(hello.data.cursor, undefined)
  assert.equal(hello.data.token, 'a-token')
  assert.equal(takeback.loading(), true)
  socket.welcome(5)
  assert.deepEqual((await socket.frame('resume')).data, { epoch, seq: 5 })
  assert.equal(socketsThen, 1)
  assert.equal(takeback.loading(), false)
  assert.equal(takeback.connection().state, 'online')
  assert.equal(takeback.me()?.username, 'anna')
})

test('S3: a device that comes back says where it stands and gets no snapshot', async (context) => {
  const first = await startOnline(context, { snapshot: snapshot({ seq: 7 }) })
  await first.takeback.stop()
  const second = await createTestDevice(context, {
    service: first.service,
    storage: first.storage,
    clock: first.clock,
  })
  await second.takeback.start()
  assert.equal(second.takeback.loading(), false)
  const socket = await first.service.connection(2)
  assert.deepEqual((await socket.frame('hello')).data.cursor, { epoch, seq: 7 })
  socket.welcome(7)
  await until('it is online', () => second.takeback.connection().state === 'online')
  assert.equal(first.service.calls.filter(({ name }) => name === 'sync.read').length, 1)
})

test('S10: acked only once durable, the first at once, the rest together', async (context) => {
  const { socket, takeback, clock, storage } = await startOnline(context)
  socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  assert.deepEqual((await socket.frame('ack')).data, { epoch, seq: 1 })
  assert.deepEqual((await storage.load()).meta.cursor, { epoch, seq: 1 })
  for (const seq of [2, 3, 4])
    socket.say({ type: 'events', data: messagePage(seq, 'message.new', message(seq)) })
  await until('all are shown', () => takeback.messages(chat).length === 4)
  assert.equal(socket.of('ack').length, 1)
  clock.advance(350)
  assert.deepEqual((await socket.frame('ack', 2)).data, { epoch, seq: 4 })
})

test('S4: after a gap the log is asked for again from the cursor, once', async (context) => {
  const { socket, takeback } = await startOnline(context)
  for (const seq of [3, 4])
    socket.say({ type: 'events', data: messagePage(seq, 'message.new', message(seq)) })
  socket.say({ type: 'events', data: page(0, 0) })
  assert.deepEqual((await socket.frame('resume', 2)).data, { epoch, seq: 0 })
  await settle()
  assert.equal(socket.of('resume').length, 2)
  assert.deepEqual(takeback.messages(chat), [])
  socket.say({
    type: 'events',
    data: page(0, 4, {
      events: [1, 2, 3, 4].map((seq) => ({
        seq,
        kind: 'message.new',
        conversation_id: chat,
        message_id: messageId(seq),
      })),
      messages: [1, 2, 3, 4].map((seq) => message(seq)),
    }),
  })
  await until('the gap is filled', () => takeback.messages(chat).length === 4)
})

test('S6, S7: a reset wipes all but outbox and drafts, then starts from a snapshot', async (context) => {
  const { service, socket, takeback, storage } = await startOnline(context)
  socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  await until('the message is there', () => takeback.messages(chat).length === 1)
  await takeback.setDraft(chat, 'half a sen')
  await takeback.send(chat, 'on its way')
  service.on('sync.read', () =>
    snapshot({
      epoch: otherEpoch,
      seq: 2,
      conversations: [conversation({ last_message: message(9) })],
    }),
  )
  socket.say({ type: 'reset', data: { type: 'reset', epoch: otherEpoch, head: 2 } })
  assert.deepEqual((await socket.frame('resume', 2)).data, { epoch: otherEpoch, seq: 2 })
  const { rows } = await storage.load()
  assert.deepEqual(
    rows.messages.map(({ id }) => id),
    [messageId(9)],
  )
  assert.equal(takeback.draft(chat), 'half a sen')
  assert.equal(takeback.outbox(chat).length, 1)
})

test('a lost line comes back by itself, later each time, and starts anew once it held', async (context) => {
  const { service, socket, takeback, clock } = await startOnline(context)
  const delayAfterLoss = async () => {
    await until('it is offline', () => takeback.connection().state === 'offline')
    const connection = takeback.connection()
    return connection.state === 'offline' ? (connection.retry_at ?? 0) - clock.now() : -1
  }
  clock.advance(1_000)
  socket.cut()
  const delays: number[] = []
  for (let number = 2; number <= 5; number++) {
    const delay = await delayAfterLoss()
    delays.push(delay)
    clock.advance(delay)
    const next = await service.connection(number)
    if (number < 5) next.cut()
    else {
      next.welcome()
      await until('it is online', () => takeback.connection().state === 'online')
      clock.advance(15_000)
      next.cut()
    }
  }
  // Full jitter of 300 ms, doubling, with a random of one half.
  assert.deepEqual(delays, [150, 300, 600, 1200])
  assert.equal(await delayAfterLoss(), 150)
})

test('a word of the network being back is a reason to try at once', async (context) => {
  let nudge = () => {}
  const { service, socket, takeback } = await startOnline(context, {
    onNetwork: (wake) => {
      nudge = wake
      return () => {}
    },
  })
  socket.cut()
  await until('it is offline', () => takeback.connection().state === 'offline')
  nudge()
  await service.connection(2)
})

test('a silent line is dead after twice the heartbeat', async (context) => {
  const { socket, takeback, clock } = await startOnline(context)
  clock.advance(2 * HEARTBEAT - 1)
  assert.equal(takeback.connection().state, 'online')
  socket.say({ type: 'heartbeat', data: { head: 0 } })
  socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  await until('both came', () => takeback.messages(chat).length === 1)
  clock.advance(2 * HEARTBEAT - 1)
  assert.equal(takeback.connection().state, 'online')
  clock.advance(1)
  assert.equal(takeback.connection().state, 'offline')
})

test('a service that never says welcome is given up', async (context) => {
  const { service, takeback, clock } = await createTestDevice(context)
  await takeback.start()
  await service.connection(1)
  clock.advance(10_000)
  assert.equal(takeback.connection().state, 'offline')
})

test('B1: a heartbeat that is ahead while nothing comes means a lost poke: the log is asked for', async (context) => {
  const { socket, clock } = await startOnline(context)
  socket.say({ type: 'heartbeat', data: { head: 3 } })
  await until('patience runs', () => clock.waiting().includes(3_000))
  clock.advance(3_000)
  assert.deepEqual((await socket.frame('resume', 2)).data, { epoch, seq: 0 })
})

test('S1: a revoked session signs the device out, wipes it and never comes back', async (context) => {
  const { service, socket, takeback, clock, storage } = await startOnline(context)
  socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  await until('the message is there', () => takeback.messages(chat).length === 1)
  await takeback.setDraft(chat, 'half a sen')
  socket.say({ type: 'problem', data: toProblem(new Refusal('session_revoked')) })
  socket.close(closeCodes.session_revoked.code)
  await until('it is signed out', () => takeback.connection().state === 'signed_out')
  const connection = takeback.connection()
  assert.equal(connection.state === 'signed_out' && connection.reason.code, 'session_revoked')
  await until('nothing is left', async () =>
    Object.values((await storage.load()).rows).every((rows) => rows.length === 0),
  )
  assert.deepEqual(takeback.messages(chat), [])
  clock.advance(3_600_000)
  await settle()
  assert.equal(service.sockets.length, 1)
})

test('S1: so does any call that is refused because the session has ended', async (context) => {
  const { service, takeback } = await startOnline(context)
  service.on('me.get', () => {
    throw new Refusal('session_revoked')
  })
  await assert.rejects(takeback.client.call('me.get', {}), { code: 'session_revoked' })
  await until('it is signed out', () => takeback.connection().state === 'signed_out')
  await until('nothing is left', () => takeback.me() === null)
})

test('a node that restarts gets its clients back spread over time', async (context) => {
  const { socket, takeback, clock } = await startOnline(context)
  socket.close(closeCodes.restarting.code)
  await until('it is offline', () => takeback.connection().state === 'offline')
  const connection = takeback.connection()
  assert.equal(
    connection.state === 'offline' && (connection.retry_at ?? 0) - clock.now(),
    2_500,
    'half of five seconds, with a random of one half',
  )
})

test('A2: a reply cut off after the commit: sent again under the same id, shown once', async (context) => {
  const { service, socket, takeback, clock } = await startOnline(context)
  const client_id = await takeback.send(chat, 'hello')
  const first = await socket.frame('send')
  assert.equal(takeback.outbox(chat)[0]?.status, 'sending')
  socket.cut()
  await until('it is queued again', () => takeback.outbox(chat)[0]?.status === 'queued')
  clock.advance(30_000)
  const second = await service.connection(2)
  second.welcome()
  const again = await second.frame('send')
  assert.deepEqual(again.data, first.data)
  const mine = message(1, { sender_id: anna, client_id, text: 'hello' })
  // The log tells before the reply does.
  second.say({ type: 'events', data: messagePage(1, 'message.new', mine) })
  await until('it is shown', () => takeback.messages(chat).length === 1)
  assert.deepEqual(takeback.outbox(chat), [])
  second.say({ type: 'reply', ref: again.ref ?? '', data: mine })
  await settle()
  assert.equal(takeback.messages(chat).length, 1)
})

test('A2: a reply that never comes counts as cut off after ten seconds', async (context) => {
  const { socket, takeback, clock } = await startOnline(context)
  await takeback.send(chat, 'hello')
  const first = await socket.frame('send')
  clock.advance(10_000)
  await until('it is queued again', () => takeback.outbox(chat)[0]?.attempts === 1)
  clock.advance(1_000)
  assert.deepEqual((await socket.frame('send', 2)).data, first.data)
})

test('S8, U4: a copy past its lease wipes itself at start, also offline', async (context) => {
  const day = 24 * 3_600_000
  const first = await startOnline(context)
  first.socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  await until('the message is there', () => first.takeback.messages(chat).length === 1)
  await first.takeback.stop()

  const offline = { baseUrl: 'http://127.0.0.1:9', storage: first.storage, clock: first.clock }
  first.clock.advance(89 * day)
  const inTime = await createTestDevice(context, offline)
  await inTime.takeback.start()
  assert.equal(inTime.takeback.messages(chat).length, 1)
  await inTime.takeback.stop()

  first.clock.advance(2 * day)
  const late = await createTestDevice(context, offline)
  await late.takeback.start()
  assert.deepEqual(late.takeback.messages(chat), [])
  assert.deepEqual((await first.storage.load()).rows.messages, [])
})

test('S8: so does one whose app was left open without a network', async (context) => {
  let network = true
  class SocketOfThisNetwork extends WebSocket {
    constructor(url: string) {
      if (!network) throw new Error('No network.')
      super(url)
    }
  }
  const hour = 3_600_000
  const { socket, takeback, clock, storage } = await startOnline(context, {
    WebSocket: SocketOfThisNetwork,
    lease: 1.5 * hour,
  })
  socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  await until('the message is there', () => takeback.messages(chat).length === 1)
  network = false
  clock.advance(hour)
  await settle()
  assert.equal(takeback.messages(chat).length, 1)
  clock.advance(hour)
  await until('it is wiped', async () => (await storage.load()).rows.messages.length === 0)
  assert.deepEqual(takeback.messages(chat), [])
})

test('U1: an unsend that was made while this device was away wipes the text in its own store', async (context) => {
  const first = await startOnline(context)
  first.socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  await first.socket.frame('ack')
  await first.takeback.stop()
  const second = await createTestDevice(context, {
    service: first.service,
    storage: first.storage,
    clock: first.clock,
  })
  await second.takeback.start()
  const socket = await first.service.connection(2)
  socket.welcome(2)
  socket.say({ type: 'events', data: messagePage(2, 'message.updated', tombstone(1)) })
  await until('it is acked', () => socket.of('ack').some(({ data }) => data.seq === 1))
  await until('the text is gone', () => second.takeback.messages(chat)[0]?.text === null)
  assert.ok(!JSON.stringify(await first.storage.load()).includes('message 1'))
})

test('typing is shown for six seconds, and ends with the message', async (context) => {
  const { socket, takeback, clock } = await startOnline(context)
  const typing = { conversation_id: chat, account_id: bert }
  socket.say({ type: 'typing', data: typing })
  await until('bert types', () => takeback.typing(chat).length === 1)
  clock.advance(5_999)
  assert.deepEqual(takeback.typing(chat), [bert])
  clock.advance(1)
  assert.deepEqual(takeback.typing(chat), [])
  socket.say({ type: 'typing', data: typing })
  await until('bert types', () => takeback.typing(chat).length === 1)
  socket.say({ type: 'events', data: messagePage(1, 'message.new', message(1)) })
  await until('the message is there', () => takeback.messages(chat).length === 1)
  await until('bert has typed', () => takeback.typing(chat).length === 0)
})

test('my typing is told at most every three seconds', async (context) => {
  const { socket, takeback, clock } = await startOnline(context)
  takeback.notifyTyping(chat)
  takeback.notifyTyping(chat)
  await socket.frame('typing')
  clock.advance(3_000)
  takeback.notifyTyping(chat)
  await socket.frame('typing', 2)
  await settle()
  assert.equal(socket.of('typing').length, 2)
})

test('what I have read counts at once and is told until the service knows', async (context) => {
  const last = message(4)
  const { service, takeback, clock } = await startOnline(context, {
    snapshot: snapshot({ conversations: [conversation({ last_message: last, unread_count: 4 })] }),
  })
  let refusing = true
  service.on('conversations.read', ({ seq }) => {
    if (refusing) throw new Refusal('storage_unavailable')
    return conversation({ version: 2, last_message: last, read_seq: seq })
  })
  takeback.markRead(chat, 4)
  await until('it counts', () => takeback.conversation(chat)?.unread_count === 0)
  await until('it was told', () => service.calls.some(({ name }) => name === 'conversations.read'))
  refusing = false
  await until('another try is due', () => {
    clock.advance(1_000)
    return service.calls.filter(({ name }) => name === 'conversations.read').length >= 2
  })
  await until('the service knows', () => takeback.conversation(chat)?.version === 2)
  assert.equal(takeback.conversation(chat)?.read_seq, 4)
})

test('signing out revokes this device and leaves nothing behind', async (context) => {
  const { service, takeback, storage } = await startOnline(context)
  service.on('sessions.revoke', () => null)
  await takeback.setDraft(chat, 'half a sen')
  await takeback.signOut()
  assert.deepEqual(
    service.calls.filter(({ name }) => name === 'sessions.revoke').map(({ input }) => input),
    [{ device_id: phone }],
  )
  assert.equal(takeback.connection().state, 'signed_out')
  assert.deepEqual(Object.values((await storage.load()).rows).flat(), [])
})
