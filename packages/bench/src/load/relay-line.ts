import type { Device, Line } from './device.ts'
import { Fault } from './fault.ts'
import type { RelayAddress } from './orders.ts'
import { openWebSocket } from './websocket.ts'

/** Frames of the bare relay (limits/relay.ts). */
export type ToRelay =
  | { type: 'hello'; name: string; to: string }
  | { type: 'send'; number: number; text: string }
export type FromRelay =
  | { type: 'welcome' }
  | { type: 'message'; text: string }
  | { type: 'reply'; number: number }

export async function connectRelay(
  { port, name, to }: RelayAddress,
  device: Device,
): Promise<Line> {
  const welcomed = Promise.withResolvers<void>()
  let said = 0
  let answered = 0
  const socket = await openWebSocket(`ws://127.0.0.1:${port}`, (data) => {
    const frame = JSON.parse(data.toString()) as FromRelay
    switch (frame.type) {
      case 'welcome':
        return welcomed.resolve()
      case 'message':
        return device.receive(frame.text)
      case 'reply':
        if (frame.number !== answered++)
          throw new Fault(`Reply ${frame.number} came where ${answered - 1} was due.`)
        return device.acknowledge()
    }
  })
  const write = (frame: ToRelay) => socket.send(JSON.stringify(frame))
  write({ type: 'hello', name, to })
  await welcomed.promise
  return {
    acknowledges: true,
    say: (text) => write({ type: 'send', number: said++, text }),
    close: socket.close,
  }
}
