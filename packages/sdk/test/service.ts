import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Input, Output } from '@takeback/protocol/endpoints/registry.ts'
import type { DownFrame, UpFrame } from '@takeback/protocol/frames.ts'
import { Refusal, toProblem } from '@takeback/protocol/refusals.ts'
import { endpointNames, routeOf, type EndpointName } from '@takeback/protocol/routes.ts'
import { WebSocketServer, type WebSocket } from 'ws'
import { anna, epoch, phone } from './samples.ts'
import { until } from './until.ts'

/** A service that does what a test says, over a real socket and real HTTP. */
export interface ScriptedService {
  url: string
  /** Connections so far, oldest first. */
  sockets: ScriptedSocket[]
  /** Calls so far. */
  calls: { name: EndpointName; input: Record<string, unknown> }[]
  /** What an endpoint answers from now on; what it throws as a `Refusal` becomes a problem. */
  on<Name extends EndpointName>(
    name: Name,
    answer: (input: Input<Name>) => Output<Name> | Promise<Output<Name>>,
  ): void
  /** The nth connection (from 1), once it has said hello. */
  connection(number: number): Promise<ScriptedSocket>
  close(): Promise<void>
}

type Up<Type extends UpFrame['type']> = Extract<UpFrame, { type: Type }>

export interface ScriptedSocket {
  frames: UpFrame[]
  closed: boolean
  of<Type extends UpFrame['type']>(type: Type): Up<Type>[]
  /** The nth frame (from 1) of a type. */
  frame<Type extends UpFrame['type']>(type: Type, number?: number): Promise<Up<Type>>
  say(frame: DownFrame): void
  welcome(head?: number): void
  close(code: number): void
  /** As a network does: no goodbye. */
  cut(): void
}

export const HEARTBEAT = 20_000

export async function startService(): Promise<ScriptedService> {
  const answers = new Map<EndpointName, (input: never) => unknown>()
  let isClosed = false
  const service: ScriptedService = {
    url: '',
    sockets: [],
    calls: [],
    on: (name, answer) => void answers.set(name, answer),
    async connection(number) {
      await until(`connection ${number} says hello`, () => {
        const socket = service.sockets[number - 1]
        return socket !== undefined && socket.of('hello').length > 0
      })
      return service.sockets[number - 1] as ScriptedSocket
    },
    async close() {
      if (isClosed) return
      isClosed = true
      for (const socket of service.sockets) socket.cut()
      sockets.close()
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
  const http = createServer((request, response) => void handle(request, response))
  const sockets = new WebSocketServer({ server: http, path: '/v1/socket' })
  sockets.on('connection', (socket) => service.sockets.push(script(socket)))

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const found = endpointOf(request)
    const body = await read(request)
    const input = { ...found?.input, ...(body === '' ? {} : (JSON.parse(body) as object)) }
    if (found !== null) service.calls.push({ name: found.name, input })
    try {
      const answer = found === null ? undefined : answers.get(found.name)
      if (answer === undefined) throw new Refusal('not_found')
      const value = await answer(input as never)
      response.writeHead(value === null ? 204 : 200, { 'content-type': 'application/json' })
      response.end(value === null ? '' : JSON.stringify(value))
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal('internal')
      response.writeHead(refusal.row.status, { 'content-type': 'application/problem+json' })
      response.end(JSON.stringify(toProblem(refusal)))
    }
  }

  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  service.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return service
}

function script(socket: WebSocket): ScriptedSocket {
  const scripted: ScriptedSocket = {
    frames: [],
    closed: false,
    of: <Type extends UpFrame['type']>(type: Type) =>
      scripted.frames.filter((frame): frame is Up<Type> => frame.type === type),
    async frame(type, number = 1) {
      await until(`frame ${type} number ${number}`, () => scripted.of(type).length >= number)
      return scripted.of(type)[number - 1] as Up<typeof type>
    },
    say: (frame) => socket.send(JSON.stringify(frame)),
    welcome: (head = 0) =>
      scripted.say({
        type: 'welcome',
        data: { account_id: anna, device_id: phone, epoch, head, heartbeat_ms: HEARTBEAT },
      }),
    close: (code) => socket.close(code),
    cut: () => socket.terminate(),
  }
  socket.on('message', (data: Buffer) =>
    scripted.frames.push(JSON.parse(data.toString()) as UpFrame),
  )
  socket.on('close', () => (scripted.closed = true))
  return scripted
}

/** Which endpoint a request is for, with the inputs that stand in its path and query. */
function endpointOf(request: IncomingMessage) {
  const url = new URL(request.url ?? '', 'http://localhost')
  for (const name of endpointNames) {
    const { method, path } = routeOf(name)
    const pattern = new RegExp(`^/v1${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
    const match = pattern.exec(url.pathname)
    if (method === request.method && match !== null)
      return { name, input: { ...Object.fromEntries(url.searchParams), ...match.groups } }
  }
  return null
}

async function read(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}
