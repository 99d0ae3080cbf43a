import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type closeCodes, MAX_FRAME_BYTES } from '@takeback/protocol/frames.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import { WebSocketServer, type WebSocket } from 'ws'
import { closeWith, terminateSoon } from './close.ts'
import { openConnection, problemFrame, type ConnectionDeps, type Line } from './connection.ts'
import { Downstream } from './downstream.ts'
import { createRound } from './round.ts'
import { Intake, type RawFrame } from './intake.ts'
import { isOriginAllowed } from './origins.ts'
import { endWithProblem } from './raw-problem.ts'
import { credentialOf } from './session-cookie.ts'
import { readFrame, validFrame } from './validate.ts'

/** How long a new socket may take to say hello, ms. */
const HELLO_WITHIN = 5000
/** How long a reader may take nothing before it is cut, ms (S2). */
const PATIENCE = 15_000

export interface SocketDeps extends ConnectionDeps {
  /** Origins besides the page's own that may open a socket. */
  origins: readonly string[]
  /** How often lost hints are looked for, ms; null where none can be. */
  pollEvery: number | null
  /** How often devices signed out on other nodes are looked for, ms; null where there are none. */
  pollRevokedEvery?: number | null
  helloWithin?: number
  patience?: number
}

/** The WebSocket endpoint: GET /v1/socket. */
export function attachSocket(server: Server, deps: SocketDeps) {
  const { helloWithin = HELLO_WITHIN, patience = PATIENCE } = deps
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    skipUTF8Validation: false,
    // ws would answer every ping, also those of a client that reads no answers (S2); see greet().
    autoPong: false,
  })
  sockets.on('wsClientError', (_error, stream) =>
    endWithProblem(
      stream,
      new Refusal('invalid_input', { detail: 'This is no WebSocket handshake.' }),
    ),
  )
  /** Pinged, and not heard since. */
  const silent = new Set<WebSocket>()
  const round = createRound<WebSocket>(
    deps.heartbeat,
    (some) => void beat(some).catch(deps.onError),
  )

  function upgrade(request: IncomingMessage, stream: Duplex, rest: Buffer): void {
    const path = (request.url ?? '').split('?')[0]
    if (path !== '/v1/socket') return endWithProblem(stream, new Refusal('not_found'))
    // Browsers always send an Origin here; any that does must be one of ours, cookie or not.
    const { origin } = request.headers
    if (origin !== undefined && !isOriginAllowed(request.headers, deps.origins))
      return endWithProblem(stream, new Refusal('origin_not_allowed'))
    const token = cookieToken(request)
    sockets.handleUpgrade(request, stream, rest, (socket) => greet(socket, stream, token))
  }

  function greet(socket: WebSocket, stream: Duplex, cookie: string | null): void {
    const down = new Downstream(socket, stream, patience, cutSlowReader)
    const line: Line = { socket, down, intake: new Intake(socket, down) }
    let greeted = false

    const place = round.join(socket)
    socket.on('pong', () => silent.delete(socket))
    socket.on('ping', (data) => {
      if (!down.isFull()) socket.pong(data)
    })
    // A broken or oversized frame: ws has said so with its code already.
    socket.on('error', () => terminateSoon(socket))
    let late: NodeJS.Timeout | undefined = setTimeout(
      () => closeWith(socket, 'hello_expected'),
      helloWithin,
    )
    socket.once('close', () => {
      clearTimeout(late)
      round.leave(socket, place)
      silent.delete(socket)
      line.intake.stop()
      down.stop()
    })
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      silent.delete(socket)
      // What comes with or right after hello waits until it is known whose socket this is.
      if (greeted) return line.intake.push({ data, isBinary })
      greeted = true
      clearTimeout(late)
      late = undefined
      void hello(line, cookie, { data, isBinary })
    })
  }

  async function hello(line: Line, cookie: string | null, raw: RawFrame): Promise<void> {
    let frame: unknown
    try {
      frame = readFrame(raw)
      const first = validFrame(frame)
      if (first.type !== 'hello')
        throw new Refusal('invalid_input', { detail: 'The first frame is hello.' })
      const token = first.data.token ?? cookie
      if (token === null) throw new Refusal('not_signed_in')
      const caller = await deps.core.authenticate(token)
      await openConnection(deps, line, caller, first)
    } catch (error) {
      line.intake.stop()
      line.down.send(problemFrame(error, frame, deps.onError))
      closeWith(line.socket, reasonOf(error))
    }
  }

  /** One beat: whoever did not answer the last is gone; everybody else learns where their log stands. */
  async function beat(some: ReadonlySet<WebSocket>): Promise<void> {
    const accounts = new Set<AccountId>()
    for (const socket of some) {
      if (silent.has(socket)) socket.terminate()
      else {
        const connection = deps.connections.on(socket)
        if (connection !== undefined) accounts.add(connection.account)
      }
    }
    const { heads } = await deps.core.heads([...accounts], [])
    const headOf = new Map(heads.map(({ account_id, head }) => [account_id, head]))
    for (const socket of some) {
      const connection = deps.connections.on(socket)
      if (socket.readyState !== socket.OPEN) continue
      silent.add(socket)
      connection?.sendIfRoom({
        type: 'heartbeat',
        data: { head: headOf.get(connection.account) ?? 0 },
      })
      socket.ping()
    }
  }

  const guarded = (work: () => Promise<void>) => () => void work().catch(deps.onError)
  const polling =
    deps.pollEvery === null
      ? undefined
      : setInterval(
          guarded(() => deps.connections.poll()),
          deps.pollEvery,
        )
  const pollingRevoked =
    deps.pollRevokedEvery === undefined || deps.pollRevokedEvery === null
      ? undefined
      : setInterval(
          guarded(() => deps.connections.pollRevoked()),
          deps.pollRevokedEvery,
        )
  server.on('upgrade', upgrade)

  return {
    /** Sends everybody elsewhere: they come back, spread over time, to a node that runs. */
    async close(): Promise<void> {
      round.stop()
      clearInterval(polling)
      clearInterval(pollingRevoked)
      server.off('upgrade', upgrade)
      for (const connection of deps.connections.all()) connection.restart()
      for (const socket of sockets.clients) closeWith(socket, 'restarting')
    },
  }
}

const cutSlowReader = (socket: WebSocket): void => closeWith(socket, 'slow_reader')

function cookieToken(request: IncomingMessage): string | null {
  // A cookie counts only together with an Origin, which upgrade() has checked.
  if (request.headers.origin === undefined) return null
  const credential = credentialOf(request.headers)
  return credential?.by === 'cookie' ? credential.token : null
}

function reasonOf(error: unknown): keyof typeof closeCodes {
  if (!(error instanceof Refusal)) return 'restarting'
  if (error.code === 'not_signed_in' || error.code === 'session_revoked') return error.code
  return error.code === 'invalid_input' ? 'hello_expected' : 'restarting'
}
