/** Whole nodes, each a process of its own, over one PostgreSQL and one NATS, and people who travel between them. */
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import postgres from 'postgres'
import { natsMissing, startNats, type TestNats } from '../../../../scripts/nats.ts'
import { postgresMissing, startPostgres, type TestPostgres } from '../../../../scripts/postgres.ts'
import { connect, ConnectionLost, type DeviceMemory, type Sending } from '../faults/device.ts'
import { ALL_MESSAGES, anySending, type createJournal, type StoredMessage } from '../faults/load.ts'
import type { Random } from '../faults/seed.ts'
import { spawnServer, temporaryFolder, type ServerProcess } from '../world.ts'

/** Why there can be no cluster; null if there can be. */
export const clusterMissing = postgresMissing ?? natsMissing

export interface Node {
  url: string
  process(): ServerProcess
  /** SIGKILL, and another in its place, on the same port. */
  kill(): Promise<void>
  start(): Promise<void>
}

export interface Cluster {
  nodes: [Node, Node, Node]
  urls: string[]
  database: TestPostgres
  databaseUrl: string
  nats: TestNats
  stored(): Promise<StoredMessage[]>
  stop(): Promise<void>
}

export interface ClusterOptions {
  environment?: Record<string, string>
  /** By which address the first node reaches PostgreSQL. */
  through?: (url: string) => Promise<string>
}

export async function startCluster({
  environment = {},
  through = (url) => Promise.resolve(url),
}: ClusterOptions = {}): Promise<Cluster> {
  const database = await startPostgres()
  const databaseUrl = await database.createDatabase()
  const nats = await startNats()
  const folder = temporaryFolder()

  async function startNode(url: string): Promise<Node> {
    const settings: Record<string, string> = {
      TAKEBACK_DATABASE_URL: url,
      TAKEBACK_NATS_URL: nats.url,
      ...environment,
    }
    let running = await spawnServer(folder.path, settings)
    settings['TAKEBACK_PORT'] = new URL(running.url).port
    const node: Node = {
      url: running.url,
      process: () => running,
      async kill() {
        await running.stop('SIGKILL')
        await node.start()
      },
      async start() {
        running = await spawnServer(folder.path, settings)
      },
    }
    return node
  }

  const nodes: Cluster['nodes'] = [
    await startNode(await through(databaseUrl)),
    await startNode(databaseUrl),
    await startNode(databaseUrl),
  ]
  return {
    nodes,
    urls: nodes.map(({ url }) => url),
    database,
    databaseUrl,
    nats,
    async stored() {
      const sql = postgres(databaseUrl, {
        max: 1,
        types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
      })
      const rows = await sql.unsafe<StoredMessage[]>(ALL_MESSAGES)
      await sql.end()
      return [...rows]
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.process().stop('SIGKILL')))
      await nats.stop()
      await database.stop()
      folder.remove()
    },
  }
}

/** Says "not now": the same message is to be tried again. */
const passing = new Set(['storage_unavailable', 'service_degraded'])
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export interface Journey {
  /** Ends it: what has no answer yet is tried until it has one. */
  arrive(): Promise<void>
}

/**
 * Somebody on the move: talks through ever another node, now and then cut off in the middle, and
 * tries again elsewhere whatever got no answer.
 */
export function travel(
  urls: readonly string[],
  memory: DeviceMemory,
  conversation: ConversationId,
  journal: ReturnType<typeof createJournal>,
  random: Random,
): Journey {
  const unanswered: Sending[] = []
  let arriving = false

  const next = (): Sending | null => {
    const again = unanswered.shift()
    if (again !== undefined || arriving) return again ?? null
    const sending = anySending(random, conversation)
    journal.sent(memory.person, sending)
    return sending
  }

  async function stay(url: string): Promise<void> {
    const device = await connect(url, memory).catch((error: unknown) => {
      if (error instanceof ConnectionLost) return null
      throw error
    })
    if (device === null) return void (await pause(30))
    const leaving = setTimeout(() => device.cut(), random.between(100, 1500))
    const talk = async (): Promise<void> => {
      for (let sending = next(); sending !== null; sending = next())
        try {
          journal.acknowledged(sending, await device.send(sending))
        } catch (error) {
          unanswered.push(sending)
          if (error instanceof ConnectionLost) return
          if (!(error instanceof Refusal) || !passing.has(error.code)) throw error
          await pause(30)
        }
    }
    try {
      await Promise.all(Array.from({ length: 4 }, talk))
    } finally {
      clearTimeout(leaving)
      device.cut()
      await device.closed
    }
  }

  const travelling = (async () => {
    while (!arriving || unanswered.length > 0) await stay(random.pick(urls))
  })()
  // Whoever waits hears of a failure when asking for the end.
  travelling.catch(() => {})
  return {
    arrive: () => {
      arriving = true
      return travelling
    },
  }
}

/**
 * A way to PostgreSQL that can be cut just where it hurts: after COMMIT has gone there and its
 * answer is on the way back.
 */
export async function startCuttingProxy(target: string) {
  const { hostname, port } = new URL(target)
  let armed = 0
  let cuts = 0
  const server = createServer((client: Socket) => {
    const database = connectTcp(Number(port), hostname)
    let cutting = false
    client.on('data', (chunk) => {
      if (armed > 0 && chunk.includes('commit\0')) {
        armed--
        cutting = true
      }
      database.write(chunk)
    })
    database.on('data', (chunk) => {
      if (!cutting) return void client.write(chunk)
      if (!chunk.includes('COMMIT\0')) return
      cuts++
      client.destroy()
      database.destroy()
    })
    client.on('error', () => database.destroy())
    client.on('close', () => database.destroy())
    database.on('error', () => client.destroy())
    database.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const own = new URL(target)
  own.hostname = '127.0.0.1'
  own.port = String(typeof address === 'object' ? address?.port : '')
  return {
    url: own.href,
    /** The next commit that passes is done, and its answer never arrives. */
    arm: () => void armed++,
    cuts: () => cuts,
    close: () => server.close(),
  }
}
