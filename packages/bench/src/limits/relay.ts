/**
 * The least a messenger does: parses each frame, hands its text to the other of the pair, and
 * acknowledges it to the sender. No check, no store, no log. Run as a process of its own; prints the
 * port that it listens on, and ends when its input closes.
 */
import { WebSocketServer, type WebSocket } from 'ws'
import type { FromRelay, ToRelay } from '../load/relay-line.ts'

const sockets = new Map<string, WebSocket>()
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })

server.on('connection', (socket) => {
  let to = ''
  const write = (target: WebSocket | undefined, frame: FromRelay) =>
    target?.send(JSON.stringify(frame))
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as ToRelay
    if (frame.type === 'send') {
      write(sockets.get(to), { type: 'message', text: frame.text })
      write(socket, { type: 'reply', number: frame.number })
    } else {
      to = frame.to
      sockets.set(frame.name, socket)
      write(socket, { type: 'welcome' })
    }
  })
})
server.on('listening', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.stdout.write(`${address.port}\n`)
})
process.stdin.on('end', () => process.exit()).resume()
