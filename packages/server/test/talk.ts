/** Talking to the service below the SDK: whole answers, raw frames, raw bytes. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { DownFrame } from '@takeback/protocol/frames.ts'
import {
  type Problem,
  type RefusalCode,
  refusals,
  toProblem,
  Refusal,
} from '@takeback/protocol/refusals.ts'
import { WebSocket } from 'ws'

export interface Answer {
  status: number
  headers: Headers
  text: string
  json: unknown
}

export interface Request {
  method?: string
  token?: string
  headers?: Record<string, string>
  /** Sent as it is if text, else as JSON. */
  body?: unknown
}

/** Asks, and holds every answer that is not a success against the catalogue (E1). */
export async function ask(url: string, path: string, request: Request = {}): Promise<Answer> {
  const { method = 'GET', token, headers = {}, body } = request
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  const answer: Answer = {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text !== '' ? (JSON.parse(text) as unknown) : null,
  }
  if (response.status >= 400 && method !== 'HEAD') problemOf(answer)
  return answer
}

/** The problem document that an answer is, checked against RFC 9457 and the catalogue. */
export function problemOf({ status, headers, text, json }: Answer): Problem {
  assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  const problem = json as Problem
  assertOfCatalogue(problem)
  assert.equal(problem.status, status)
  assert.match(problem.request_id ?? '', /^[0-9a-f-]{36}$/)
  assert.doesNotMatch(text, /node_modules|\.ts:\d|at \w+ \(/, 'no stack gets out')
  assert.equal(headers.get('retry-after'), problem.retry_after?.toString() ?? null)
  return problem
}

/** Every member of a problem says what the catalogue says. */
export function assertOfCatalogue(problem: Problem): void {
  assert.ok(Object.hasOwn(refusals, problem.code), `unknown code ${problem.code}`)
  const { request_id: _, detail, remedies, retry_after: __, until: ___, ...said } = problem
  const { detail: ____, remedies: all, ...row } = toProblem(new Refusal(problem.code))
  assert.deepEqual(said, row)
  assert.equal(typeof detail, 'string')
  assert.deepEqual(
    remedies.filter((remedy) => !all.includes(remedy)),
    [],
  )
}

export function assertRefused(answer: Answer, code: RefusalCode, about = ''): Problem {
  const problem = problemOf(answer)
  assert.equal(problem.code, code, `${about}: ${answer.text.slice(0, 300)}`)
  return problem
}

/** What an answer says, without what differs from one request to the next by nature. */
export function comparable({ status, headers, text }: Answer): unknown {
  const varying = ['date', 'keep-alive', 'connection']
  return {
    status,
    headers: [...headers].filter(([name]) => !varying.includes(name)),
    body: text.replace(/"request_id":"[^"]*"/, '"request_id":""'),
  }
}

type FrameOf<T extends DownFrame['type']> = Extract<DownFrame, { type: T }>

export interface SocketClient {
  socket: WebSocket
  /** Every frame that came, in order. */
  frames: DownFrame[]
  closed: Promise<{ code: number; reason: string }>
  write(frame: unknown): void
  /** The next frame of this type that has not been taken yet. */
  take<T extends DownFrame['type']>(type: T): Promise<FrameOf<T>>
  /** Resolves once `holds` does; looked at after every frame. */
  until(holds: () => boolean): Promise<void>
  close(): Promise<void>
}

/** Opens a socket; nothing is said yet. */
export async function openSocket(
  url: string,
  headers: Record<string, string> = {},
): Promise<SocketClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/socket`, {
    perMessageDeflate: false,
    headers,
  })
  const client = wrap(socket)
  await once(socket, 'open')
  return client
}

function wrap(socket: WebSocket): SocketClient {
  const frames: DownFrame[] = []
  const taken = new Set<DownFrame>()
  const looking = new Set<() => void>()
  let over: { code: number; reason: string } | null = null
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => {
      over = { code, reason: reason.toString() }
      resolve(over)
      for (const look of looking) look()
    }),
  )
  socket.on('error', () => {})
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as DownFrame
    if (frame.type === 'problem') assertOfCatalogue(frame.data)
    frames.push(frame)
    for (const look of looking) look()
  })

  function until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!holds() && over === null) return
        looking.delete(look)
        if (holds()) resolve()
        else reject(new Error(`The socket closed with ${over?.code} ${over?.reason}.`))
      }
      looking.add(look)
      look()
    })
  }

  return {
    socket,
    frames,
    closed,
    until,
    write: (frame) =>
      socket.send(
        typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame),
      ),
    async take<T extends DownFrame['type']>(type: T): Promise<FrameOf<T>> {
      const fitting = () =>
        frames.find((frame): frame is FrameOf<T> => frame.type === type && !taken.has(frame))
      await until(() => fitting() !== undefined)
      const found = fitting()
      if (found === undefined) throw new Error('unreachable')
      taken.add(found)
      return found
    },
    async close() {
      socket.close()
      await closed
    },
  }
}

/** A signed-in socket; with a cursor the log follows from there. */
export async function hello(
  url: string,
  token: string,
  cursor?: { epoch: string; seq: number },
): Promise<SocketClient & { welcome: FrameOf<'welcome'>['data'] }> {
  const client = await openSocket(url)
  client.write({ type: 'hello', data: { token, ...(cursor === undefined ? {} : { cursor }) } })
  const { data } = await client.take('welcome')
  return { ...client, welcome: data }
}

/** Bytes as they are: what comes back until the server ends the connection. */
export async function exchange(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.on('data', (chunk) => (received += chunk.toString()))
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  return received
}

/** An answer that came as bytes. */
export function parseAnswer(received: string): Answer {
  const [head = '', text = ''] = received.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  return {
    status: Number(first.split(' ')[1]),
    headers: new Headers(
      lines.map((line): [string, string] => [
        line.slice(0, line.indexOf(':')),
        line.slice(line.indexOf(':') + 2),
      ]),
    ),
    text,
    json: text.startsWith('{') ? (JSON.parse(text) as unknown) : null,
  }
}

/** A WebSocket handshake without a WebSocket client behind it, so that a test decides what is read. */
export async function rawHandshake(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    'GET /v1/socket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const [head] = (await once(socket, 'data')) as [Buffer]
  assert.match(head.toString(), /^HTTP\/1\.1 101 /)
  return socket
}

/** A frame as a client must send it (RFC 6455, 5.2), masked with zeros. */
export function maskedFrame(
  payload: string | Buffer,
  { opcode = 1, fin = true }: { opcode?: number; fin?: boolean } = {},
): Buffer {
  const data = Buffer.from(payload)
  const first = (fin ? 0x80 : 0) | opcode
  const size =
    data.length < 126
      ? Buffer.from([first, 0x80 | data.length])
      : data.length < 65_536
        ? Buffer.from([first, 0x80 | 126, data.length >> 8, data.length & 255])
        : Buffer.concat([Buffer.from([first, 0x80 | 127, 0, 0, 0, 0]), uint32(data.length)])
  return Buffer.concat([size, Buffer.alloc(4), data])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
