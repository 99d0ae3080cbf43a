import { once } from 'node:events'
import { WebSocketServer, type WebSocket } from 'ws'
import type { FromRelay, ToRelay } from '../src/load/relay-line.ts'

/** What it does to one message, once. */
export type Mischief = 'none' | 'drop' | 'double' | 'change' | 'close' | 'keep the reply'

/** A relay that a load process can be pointed at, and that does one thing wrong. */
export async function startFaultyRelay(mischief: Mischief, at = 20) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  const sockets = new Map<string, WebSocket>()
  let relayed = 0
  server.on('connection', (socket) => {
    let to = ''
    const write = (target: WebSocket | undefined, frame: FromRelay) =>
      target?.send(JSON.stringify(frame))
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as ToRelay
      if (frame.type === 'hello') {
        to = frame.to
        sockets.set(frame.name, socket)
        return write(socket, { type: 'welcome' })
      }
      const done = ++relayed === at ? mischief : 'none'
      const other = sockets.get(to)
      const text = done === 'change' ? frame.text.toUpperCase() : frame.text
      if (done !== 'drop') write(other, { type: 'message', text })
      if (done === 'double') write(other, { type: 'message', text })
      if (done === 'close') other?.terminate()
      if (done !== 'keep the reply') write(socket, { type: 'reply', number: frame.number })
    })
  })
  await once(server, 'listening')
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    stop: () => server.close(),
  }
}
