/**
 * Delivered messages per second, each durable before it is acknowledged.
 *
 * Pairs of signed-in devices keep a number of messages in flight: whoever receives one answers with
 * the next. Every delivery is checked: right text, right order, once.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { createClient } from '@takeback/sdk/client.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { DownFrame, UpFrame } from '@takeback/protocol/frames.ts'
import type { ClientId, ConversationId } from '@takeback/protocol/ids.ts'
import { startCluster } from './cluster.ts'
import { processorTime } from './processor-time.ts'

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '100' },
    window: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '10' },
    nodes: { type: 'string', default: '0' },
  },
})
const PAIRS = Number(values.pairs)
const WINDOW = Number(values.window)
const SECONDS = Number(values.seconds)
/** 0: the embedded store; otherwise as many nodes over PostgreSQL and NATS. */
const NODES = Number(values.nodes)
const WARM_UP_SECONDS = 2
/** How long a device gathers what it applied before it acknowledges, ms. */
const ACK_EVERY = 250

interface Person {
  token: string
  id: string
  epoch: string
  seq: number
}

/** A device that answers every message with the next one, and checks what it is given. */
class Device {
  delivered = 0
  refused = 0
  private sent = 0
  private nextExpected = 0
  private seq: number
  private ackDue = false
  private socket: WebSocket | null = null
  private readonly person: Person
  private readonly conversation: ConversationId
  private readonly onFault: (fault: string) => void

  constructor(person: Person, conversation: ConversationId, onFault: (fault: string) => void) {
    this.person = person
    this.conversation = conversation
    this.seq = person.seq
    this.onFault = onFault
  }

  async connect(url: string): Promise<void> {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    this.socket = socket
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.on('open', () => {
        const { token, epoch, seq } = this.person
        this.write({ type: 'hello', data: { token, cursor: { epoch, seq } } })
      })
      socket.on('close', (code) => this.onFault(`A socket closed with ${code}.`))
      socket.on('message', (data: Buffer) => {
        const frame = JSON.parse(data.toString()) as DownFrame
        if (frame.type === 'welcome') resolve()
        else this.receive(frame)
      })
    })
  }

  say(): void {
    const text = `${this.person.id} ${this.sent} sixty bytes or so`.padEnd(60, '.')
    const client_id = `${this.person.id}-${this.sent++}` as ClientId
    this.write({ type: 'send', data: { conversation_id: this.conversation, client_id, text } })
  }

  close(): void {
    this.socket?.removeAllListeners('close')
    this.socket?.terminate()
  }

  private write(frame: UpFrame): void {
    this.socket?.send(JSON.stringify(frame))
  }

  private receive(frame: DownFrame): void {
    if (frame.type === 'problem') {
      this.refused++
      this.onFault(`Refused: ${frame.data.code} ${frame.data.detail}`)
    }
    if (frame.type !== 'events') return
    const { after, through, events, messages, conversations } = frame.data
    if (after !== this.seq) this.onFault(`A page after ${after} came at cursor ${this.seq}.`)
    this.seq = through
    this.acknowledge()
    const byId = new Map<string, Message>(messages.map((message) => [message.id, message]))
    for (const { last_message } of conversations)
      if (last_message !== null) byId.set(last_message.id, last_message)
    for (const event of events) {
      if (event.kind !== 'message.new') continue
      const message = byId.get(event.message_id)
      if (message === undefined) this.onFault('An event came without its message.')
      else if (message.sender_id !== this.person.id) this.check(message)
    }
  }

  private check(message: Message): void {
    const number = Number(message.text?.split(' ')[1])
    if (number !== this.nextExpected)
      this.onFault(`Message ${number} came where ${this.nextExpected} was due.`)
    this.nextExpected = number + 1
    this.delivered++
    this.say()
  }

  private acknowledge(): void {
    if (this.ackDue) return
    this.ackDue = true
    setTimeout(() => {
      this.ackDue = false
      this.write({ type: 'ack', data: { epoch: this.person.epoch, seq: this.seq } })
    }, ACK_EVERY)
  }
}

interface Server {
  url: string
  /** Processor time used so far, ms; NaN where the system does not tell. */
  cpu(): number
  stop(): void
}

async function startServer(
  dataDir: string,
  environment: Record<string, string> = {},
): Promise<Server> {
  const main = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))
  const off = Object.fromEntries(
    ['READ', 'WRITE', 'SEND', 'LOOKUP', 'SIGN_IN', 'SIGN_UP'].map((name) => [
      `TAKEBACK_LIMIT_${name}`,
      'off',
    ]),
  )
  const child = spawn(
    process.execPath,
    [...(process.env['BENCH_NODE_ARGS']?.split(' ') ?? []), main],
    {
      env: {
        ...process.env,
        ...off,
        ...environment,
        TAKEBACK_HOST: '127.0.0.1',
        TAKEBACK_PORT: '0',
        TAKEBACK_DATA_DIR: dataDir,
        TAKEBACK_LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)))
    child.stdout.on('data', (chunk: Buffer) => {
      const match = /ready at (\S+)/.exec(chunk.toString())
      if (match?.[1] !== undefined) resolve(match[1])
    })
  })
  return {
    url,
    cpu: () => processorTime(child.pid),
    stop: () => void child.kill('SIGTERM'),
  }
}

async function signUp(url: string, name: string): Promise<Person> {
  const visitor = createClient({ baseUrl: url })
  const { account, session } = await visitor.call('accounts.sign_up', {
    username: name,
    display_name: name,
    password: 'correct horse',
    birth_date: '1990-01-01',
  })
  return { token: session.token ?? '', id: account.id, epoch: '', seq: 0 }
}

/** Two friends, each connected to another node where there are several. */
async function makePair(
  servers: readonly Server[],
  index: number,
  onFault: (fault: string) => void,
) {
  const url = servers[0]?.url ?? ''
  const people = await Promise.all([signUp(url, `bench.a${index}`), signUp(url, `bench.b${index}`)])
  const clients = people.map(({ token }) => createClient({ baseUrl: url, token }))
  const [a, b] = people
  await clients[0]?.call('graph.follow', { account_id: b.id as never })
  await clients[1]?.call('graph.follow', { account_id: a.id as never })
  const conversation = await clients[0]?.call('conversations.open', { account_id: b.id as never })
  for (const [position, client] of clients.entries()) {
    const snapshot = await client.call('sync.read', {})
    const person = people[position]
    if (snapshot.type === 'snapshot' && person !== undefined)
      Object.assign(person, { epoch: snapshot.epoch, seq: snapshot.seq })
  }
  const id = conversation?.id as ConversationId
  const devices = people.map((person) => new Device(person, id, onFault))
  await Promise.all(
    devices.map((device, position) => {
      const node = servers[(index + position) % servers.length]?.url ?? url
      return device.connect(`${node.replace('http', 'ws')}/v1/socket`)
    }),
  )
  return devices
}

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

const folder = await mkdtemp(join(tmpdir(), 'takeback-bench-'))
const cluster = NODES > 0 ? await startCluster() : null
const servers =
  cluster === null
    ? [await startServer(folder)]
    : await Promise.all(
        Array.from({ length: NODES }, () => startServer(folder, cluster.environment)),
      )
const faults: string[] = []
const onFault = (fault: string) => {
  if (faults.length < 5) process.stderr.write(`${fault}\n`)
  faults.push(fault)
}
try {
  const devices: Device[] = []
  for (let index = 0; index < PAIRS; index += 10)
    devices.push(
      ...(
        await Promise.all(
          Array.from({ length: Math.min(10, PAIRS - index) }, (_, offset) =>
            makePair(servers, index + offset, onFault),
          ),
        )
      ).flat(),
    )
  process.stdout.write(`${PAIRS} pairs connected, ${WINDOW} messages in flight each.\n`)
  for (const [position, device] of devices.entries())
    if (position % 2 === 0) for (let count = 0; count < WINDOW; count++) device.say()

  const delivered = () => devices.reduce((sum, device) => sum + device.delivered, 0)
  await sleep(WARM_UP_SECONDS)
  const before = delivered()
  const cpu = () => servers.reduce((sum, server) => sum + server.cpu(), 0)
  const cpuBefore = cpu()
  const databaseBefore = cluster?.databaseCpu() ?? 0
  const started = performance.now()
  await sleep(SECONDS)
  const counted = delivered() - before
  const rate = counted / ((performance.now() - started) / 1000)
  const cost = ((cpu() - cpuBefore) / counted) * 1000
  const databaseCost = (((cluster?.databaseCpu() ?? 0) - databaseBefore) / counted) * 1000
  for (const device of devices) device.close()
  process.stdout.write(
    `${Math.round(rate).toLocaleString('en')} messages delivered per second, each synced to disk before its acknowledgement.\n` +
      (cluster === null
        ? `${Math.round(cost)} µs of the server's processor time a message, over its two threads.\n`
        : `${Math.round(cost)} µs of ${NODES} nodes' processor time a message, ${Math.round(databaseCost)} µs of PostgreSQL's.\n`),
  )
} finally {
  for (const server of servers) server.stop()
  await cluster?.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}
if (faults.length > 0) {
  process.stderr.write(`${faults.length} faults: this figure does not count.\n`)
  process.exitCode = 1
}
