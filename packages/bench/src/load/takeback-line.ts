import { randomBytes } from 'node:crypto'
import type { DownFrame, UpFrame } from '@takeback/protocol/frames.ts'
import type { Device, Line } from './device.ts'
import { Fault } from './fault.ts'
import { createLater } from './later.ts'
import type { TakebackAddress } from './orders.ts'
import { readPage, scanPage, type NewTexts } from './page.ts'
import { openWebSocket } from './websocket.ts'

/** How long a device gathers what it applied before it acknowledges, ms; by chance, as the SDK does. */
const SPACING = 250
const SPREAD = 100
const later = createLater()

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
    const frame = data.toString('latin1')
    if (frame.startsWith(REPLY)) return device.acknowledge()
    const page = scanPage(frame, account)
    if (page === null) take(JSON.parse(data.toString()) as DownFrame)
    else apply(page)
  }

  function take(frame: DownFrame): void {
    switch (frame.type) {
      case 'events': {
        const page = readPage(frame, account)
        if (page === null) throw new Fault('An event came without its message.')
        return apply(page)
      }
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

  function apply({ after, through, texts }: NewTexts): void {
    if (after !== cursor) throw new Fault(`A page after ${after} came at cursor ${cursor}.`)
    cursor = through
    if (!ackDue) {
      ackDue = true
      later(SPACING + Math.random() * SPREAD, acknowledge)
    }
    for (const text of texts) device.receive(text)
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
