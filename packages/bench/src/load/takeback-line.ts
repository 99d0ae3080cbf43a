import { randomBytes } from 'node:crypto'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { EventPage } from '@takeback/protocol/events.ts'
import type { DownFrame, UpFrame } from '@takeback/protocol/frames.ts'
import type { Device, Line } from './device.ts'
import { Fault } from './fault.ts'
import type { TakebackAddress } from './orders.ts'
import { openWebSocket } from './websocket.ts'
import { createLater } from './later.ts'

/** How long a device gathers what it applied before it acknowledges, ms; as the SDK does. */
const soon = createLater(250)

/** How a reply begins: of one, only that it came matters here. */
const REPLY = '{"type":"reply"'

/** A signed-in device of Takeback: follows its log, acknowledges what it applied, sends. */
export async function connectTakeback(
  { url, token, account, conversation, epoch, seq }: TakebackAddress,
  device: Device,
): Promise<Line> {
  let cursor = seq
  let ackDue = false
  const welcomed = Promise.withResolvers<void>()

  function receive(data: Buffer): void {
    if (data.toString('latin1', 0, REPLY.length) === REPLY) device.acknowledge()
    else take(JSON.parse(data.toString()) as DownFrame)
  }

  function take(frame: DownFrame): void {
    switch (frame.type) {
      case 'events':
        return apply(frame.data)
      case 'reply':
        return device.acknowledge()
      case 'welcome':
        return welcomed.resolve()
      case 'problem':
        throw new Fault(`Refused: ${frame.data.code} ${frame.data.detail ?? ''}`)
      case 'reset':
        throw new Fault('A device was reset.')
      case 'typing':
      case 'heartbeat':
    }
  }

  function apply({ after, through, events, messages, conversations }: EventPage): void {
    if (after !== cursor) throw new Fault(`A page after ${after} came at cursor ${cursor}.`)
    cursor = through
    if (!ackDue) {
      ackDue = true
      soon(acknowledge)
    }
    const last = conversations[0]?.last_message ?? null
    const all = last === null ? messages : [...messages, last]
    let position = 0
    for (const event of events) {
      if (event.kind !== 'message.new') continue
      // Both are in the order of the log, as a rule.
      if (all[position]?.id !== event.message_id)
        position = all.findIndex(({ id }) => id === event.message_id)
      read(all[position++])
    }
  }

  function read(message: Message | undefined): void {
    if (message === undefined) throw new Fault('An event came without its message.')
    if (message.sender_id !== account) device.receive(message.text ?? '')
  }

  function acknowledge(): void {
    ackDue = false
    socket.send(`{"type":"ack","data":{"epoch":"${epoch}","seq":${cursor}}}`)
  }

  const socket = await openWebSocket(`${url.replace('http', 'ws')}/v1/socket`, receive)
  const hello: UpFrame = { type: 'hello', data: { token, cursor: { epoch, seq } } }
  socket.send(JSON.stringify(hello))
  await welcomed.promise

  /** With a number of some digits as long as a ULID, and of no other connection. */
  const clientIds = randomBytes(14).toString('base64url')
  /** Nothing that a device says needs escaping in JSON. */
  const opening = `{"type":"send","data":{"conversation_id":"${conversation}","client_id":"${clientIds}-`
  let said = 0
  return {
    acknowledges: true,
    say: (text) => socket.send(`${opening}${said++}","text":"${text}"}}`),
    close: socket.close,
  }
}
