import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { closeCodes, MAX_FRAME_BYTES, type UpFrame } from '@takeback/protocol/frames.ts'
import { Refusal, toProblem } from '@takeback/protocol/refusals.ts'
import { WebSocketServer, type WebSocket } from 'ws'
import { openConnection, type ConnectionDeps } from './connection.ts'
import { isOriginAllowed } from './origins.ts'
import { credentialOf } from './session-cookie.ts'
import { validFrame } from './validate.ts'

/** How long a new socket may take to say hello, ms. */
const HELLO_WITHIN = 5000

export interface SocketDeps extends ConnectionDeps {
  /** Origins besides the page's own that may open a socket. */
  origins: readonly string[]
  /** How often lost hints are looked for, ms. */
  pollEvery: number
}

/** The WebSocket endpoint: GET /v1/socket. */
export function attachSocket(server: Server, deps: SocketDeps) {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    skipUTF8Validation: false,
  })
  const alive = new WeakSet<WebSocket>()

  function upgrade(request: IncomingMessage, stream: Duplex, rest: Buffer): void {
    const path = (request.url ?? '').split('?')[0]
    if (path !== '/v1/socket') return refuseUpgrade(stream, 404)
    // Browsers always send an Origin here; any that does must be one of ours, cookie or not.
    const { origin } = request.headers
    if (origin !== undefined && !isOriginAllowed(request.headers, deps.origins))
      return refuseUpgrade(stream, 403)
    sockets.handleUpgrade(request, stream, rest, (socket) => greet(socket, request))
  }

  function greet(socket: WebSocket, request: IncomingMessage): void {
    alive.add(socket)
    socket.on('pong', () => alive.add(socket))
    // A broken or oversized frame: ws has closed the socket with its code already.
    socket.on('error', () => socket.terminate())
    const late = setTimeout(() => closeWith(socket, 'hello_expected'), HELLO_WITHIN)
    socket.once('close', () => clearTimeout(late))
    socket.once('message', (data: Buffer, isBinary: boolean) => {
      clearTimeout(late)
      // Nothing is read until it is known whose socket this is.
      socket.pause()
      void hello(socket, request, data, isBinary).finally(() => socket.resume())
    })
  }

  async function hello(
    socket: WebSocket,
    request: IncomingMessage,
    data: Buffer,
    isBinary: boolean,
  ): Promise<void> {
    let frame: UpFrame | null = null
    try {
      if (isBinary) throw new Refusal('invalid_input', { detail: 'Frames are text.' })
      frame = validFrame(data.toString())
      if (frame.type !== 'hello')
        throw new Refusal('invalid_input', { detail: 'The first frame is hello.' })
      const token = frame.data.token ?? cookieToken(request)
      if (token === null) throw new Refusal('not_signed_in')
      const caller = await deps.core.authenticate(token)
      await openConnection(deps, socket, caller, frame)
    } catch (error) {
      if (!(error instanceof Refusal)) deps.onError(error)
      const refusal = error instanceof Refusal ? error : new Refusal('internal')
      const ref = frame?.ref === undefined ? {} : { ref: frame.ref }
      socket.send(JSON.stringify({ type: 'problem', ...ref, data: toProblem(refusal) }))
      closeWith(
        socket,
        refusal.code === 'not_signed_in' || refusal.code === 'session_revoked'
          ? refusal.code
          : refusal.code === 'invalid_input'
            ? 'hello_expected'
            : 'restarting',
      )
    }
  }

  /** One beat: whoever did not answer the last is gone; everybody else learns where their log stands. */
  async function beat(): Promise<void> {
    for (const socket of sockets.clients) {
      if (!alive.has(socket)) {
        socket.terminate()
        continue
      }
      alive.delete(socket)
      socket.ping()
    }
    const connected = [...deps.connections.all()]
    const { heads } = await deps.core.heads([...new Set(connected.map((one) => one.account))], [])
    const headOf = new Map(heads.map(({ account_id, head }) => [account_id, head]))
    for (const connection of connected)
      connection.send({ type: 'heartbeat', data: { head: headOf.get(connection.account) ?? 0 } })
  }

  const guarded = (work: () => Promise<void>) => () => void work().catch(deps.onError)
  const beating = setInterval(guarded(beat), deps.heartbeat)
  const polling = setInterval(
    guarded(() => deps.connections.poll()),
    deps.pollEvery,
  )
  server.on('upgrade', upgrade)

  return {
    /** Sends everybody elsewhere: they come back, spread over time, to a node that runs. */
    async close(): Promise<void> {
      clearInterval(beating)
      clearInterval(polling)
      server.off('upgrade', upgrade)
      for (const connection of [...deps.connections.all()]) connection.restart()
      for (const socket of sockets.clients) closeWith(socket, 'restarting')
    },
  }
}

function cookieToken(request: IncomingMessage): string | null {
  // A cookie counts only together with an Origin, which upgrade() has checked.
  if (request.headers.origin === undefined) return null
  const credential = credentialOf(request.headers)
  return credential?.by === 'cookie' ? credential.token : null
}

function closeWith(socket: WebSocket, reason: keyof typeof closeCodes): void {
  socket.close(closeCodes[reason].code, reason)
  setTimeout(() => socket.terminate(), 500).unref()
}

function refuseUpgrade(stream: Duplex, status: 403 | 404): void {
  const title = status === 403 ? 'Forbidden' : 'Not Found'
  stream.end(`HTTP/1.1 ${status} ${title}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
