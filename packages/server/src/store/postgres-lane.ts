import { Socket, type SocketConstructorOpts } from 'node:net'
import type { DuplexOptions } from 'node:stream'
import postgres from 'postgres'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Param } from './store.ts'

/** How long connecting may take, ms. */
const CONNECT_WITHIN = 10_000

/** The connection was lost, or never made. */
export class Lost extends Error {
  /** Whether the commit had been sent: then nobody knows whether it was done. */
  readonly committing: boolean

  constructor(cause: unknown, committing: boolean) {
    super('The connection to PostgreSQL was lost.', { cause })
    this.committing = committing
  }
}

export const isLost = (error: unknown): error is Lost => error instanceof Lost

/** The SQLSTATE that a statement failed with; null for any other error. */
export const sqlState = (error: unknown): string | null =>
  error instanceof postgres.PostgresError ? error.code : null

/**
 * One connection, used by one transaction at a time. Statements are sent as they are given, without
 * waiting for those before: what is given in one turn costs one round trip.
 */
export interface Lane {
  all<Row>(sql: string, params?: readonly Param[]): Promise<Row[]>
  get<Row>(sql: string, params?: readonly Param[]): Promise<Row | undefined>
  run(sql: string, params?: readonly Param[]): Promise<number>
  /** Not waited for: what goes wrong shows in the statements that follow. */
  begin(sql: string): void
  rollback(): void
  /** @throws Lost · an error, also where PostgreSQL rolled back because a statement had failed */
  commit(): Promise<void>
  /** Gives it up: every statement under way and to come fails with `Lost`. */
  giveUp(): Promise<void>
  isLost(): boolean
}

export interface Lanes {
  readonly size: number
  hasRoom(): boolean
  /** Runs `work` alone on a lane; a lane that was lost meanwhile is replaced. @throws storage_unavailable */
  use<T>(work: (lane: Lane) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * Every statement of ours finds its rows by an index, however small a table is today: a plan that
 * was made for an empty table must not be kept for a full one. It is made once a connection.
 */
const planning = {
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
}

/** Bytes on their way to PostgreSQL before its connection counts as full. */
const MAX_UNDER_WAY = 16 * 1024 * 1024

/**
 * Options that postgres.js has and its types lack. From where a reserved connection counts as full,
 * it sends one statement after the other, each after the answer to the one before: ours never does.
 */
const pipelined: object = {
  max_pipeline: 100_000,
  socket: ({
    host: [host],
    port: [port],
    path,
  }: {
    host: string[]
    port: number[]
    path?: string
  }) =>
    new Promise<Socket>((resolve, reject) => {
      // Of the host for TLS, which postgres.js reads from here.
      const options: SocketConstructorOpts & DuplexOptions = { highWaterMark: MAX_UNDER_WAY }
      const socket = Object.assign(new Socket(options), { host })
      socket.setTimeout(CONNECT_WITHIN, () => socket.destroy(new Error('It does not answer.')))
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.setTimeout(0)
        socket.off('error', reject)
        resolve(socket)
      })
      if (path) socket.connect(path)
      else socket.connect(port ?? 5432, host ?? 'localhost')
    }),
}

export interface LanesOptions {
  url: string
  size: number
  /** How long a transaction, or waiting for a connection, may take before it is given up, ms. */
  patience: number
}

/** As many connections as are used at once, up to `size`. */
export function openLanes({ url, size, patience }: LanesOptions): Lanes {
  const idle: Lane[] = []
  const line: ((lane: Lane) => void)[] = []
  let open = 0
  const hosts = hostsOf(url)
  let host = 0

  /** At the host that was good last, or at the next one. */
  const openNext = (): Lane =>
    openLane(hosts[host % hosts.length] ?? url, patience, () => void host++)

  async function take(): Promise<Lane> {
    for (let lane = idle.pop(); lane !== undefined; lane = idle.pop()) {
      if (!lane.isLost()) return lane
      open--
    }
    if (open < size) {
      const lane = openNext()
      open++
      return lane
    }
    return new Promise((resolve, reject) => {
      const handOver = (lane: Lane) => {
        clearTimeout(late)
        resolve(lane)
      }
      const late = setTimeout(() => {
        line.splice(line.indexOf(handOver), 1)
        reject(new Refusal('storage_unavailable'))
      }, patience)
      line.push(handOver)
    })
  }

  function give(lane: Lane): void {
    const next = line.shift()
    if (next !== undefined) next(lane.isLost() ? openNext() : lane)
    else if (lane.isLost()) open--
    else idle.push(lane)
  }

  return {
    size,
    hasRoom: () => idle.length > 0 || open < size,
    async use(work) {
      const lane = await take()
      const late = setTimeout(() => void lane.giveUp(), patience)
      try {
        return await work(lane)
      } finally {
        clearTimeout(late)
        give(lane)
      }
    },
    async close() {
      while (open > idle.length) await new Promise((resolve) => setTimeout(resolve, 5))
      await Promise.all(idle.map((lane) => lane.giveUp()))
    },
  }
}

/** One URL for each of the hosts that a URL names by comma. */
export function hostsOf(url: string): string[] {
  const match = /^(\w+:\/\/(?:[^@/]*@)?)([^/?]+)(.*)$/s.exec(url)
  if (match === null) return [url]
  const [, before = '', hosts = '', after = ''] = match
  return hosts.split(',').map((host) => `${before}${host}${after}`)
}

function openLane(url: string, patience: number, onUnreachable: () => void): Lane {
  let reserved: postgres.ReservedSql | null = null
  let loss: Lost | null = null
  // Of the transaction at hand: answers to one that failed may come in while the next has begun.
  let current: { committing: boolean; failure: postgres.PostgresError | null } = newTransaction()
  const underWay = new Set<(loss: Lost) => void>()
  let ended: Promise<void> | null = null

  // A client of its own, its only connection reserved for us: postgres.js would make a new one in
  // place of one that is lost, and send what still waits there, outside of any transaction.
  const sql = postgres(url, {
    max: 1,
    ...pipelined,
    max_lifetime: null,
    // Of a connection that was made after we gave up; ours is reserved, and so never idle.
    idle_timeout: 1,
    connect_timeout: CONNECT_WITHIN / 1000,
    fetch_types: false,
    onnotice: () => {},
    onclose: () => loseIt('It was closed.'),
    types: {
      // Ours are times, counts and seqs, all of which a number holds.
      bigint: { to: 20, from: [20], parse: Number, serialize: String },
    },
    connection: {
      application_name: 'takeback',
      ...planning,
      // What a node began that then stopped, or was cut off, must not hold others for long.
      statement_timeout: patience,
      idle_in_transaction_session_timeout: patience,
    },
  })
  const connecting = Promise.race([
    connect().catch((error: unknown) => void loseIt(error)),
    new Promise<void>((resolve) => underWay.add(() => resolve())),
  ])

  async function connect(): Promise<void> {
    const late = setTimeout(() => loseIt(new Error('it does not answer')), CONNECT_WITHIN)
    try {
      await greet()
    } finally {
      clearTimeout(late)
    }
  }

  async function greet(): Promise<void> {
    // postgres.js hands out only connections that have answered something. (Its own search for the
    // host that takes writes fails without anybody to hear of it, and so ends the process.)
    const [state] = await sql.unsafe<{ standby: boolean }[]>(
      'select pg_is_in_recovery() as standby',
    )
    if (state?.standby !== false)
      throw new Error('This PostgreSQL is a standby, which takes no writes.')
    reserved = await sql.reserve()
  }

  function loseIt(cause: unknown): Lost {
    if (loss !== null) return loss
    loss = new Lost(cause, current.committing)
    if (reserved === null) onUnreachable()
    for (const reject of underWay) reject(loss)
    underWay.clear()
    ended = sql.end({ timeout: 0 }).catch(() => {})
    return loss
  }

  async function statement(text: string, params: readonly Param[] = []) {
    const mine = current
    // Statements given before it is made go in the order in which they were given.
    if (reserved === null) await connecting
    if (reserved === null || loss !== null) throw loss ?? loseIt('It was never made.')
    const { promise: lost, reject } = Promise.withResolvers<never>()
    underWay.add(reject)
    try {
      return await Promise.race([
        reserved.unsafe(text, params.map(storable), { prepare: true }),
        lost,
      ])
    } catch (error) {
      if (isLost(error)) throw error
      if (error instanceof postgres.PostgresError && !endsSession(error.code))
        // Those after it fail too, saying only that one before them has: the first says why.
        throw (mine.failure ??= error)
      throw loseIt(error)
    } finally {
      underWay.delete(reject)
    }
  }
  const unheard = (text: string): void => void statement(text).catch(() => {})

  return {
    // A result has more to it than rows; its `slice` is a plain list.
    all: async <Row>(text: string, params?: readonly Param[]) =>
      (await statement(text, params)).slice() as unknown as Row[],
    get: async <Row>(text: string, params?: readonly Param[]) =>
      (await statement(text, params))[0] as Row | undefined,
    run: async (text, params) => (await statement(text, params)).count,
    begin(text) {
      current = newTransaction()
      unheard(text)
    },
    rollback: () => unheard('rollback'),
    async commit() {
      current.committing = true
      const { command } = await statement('commit')
      // So it answers where a statement had failed and nobody minded.
      if (command !== 'COMMIT') throw new Error('A transaction with a failed statement went on.')
    },
    async giveUp() {
      loseIt('It was given up.')
      await ended
    },
    isLost: () => loss !== null,
  }
}

/**
 * PostgreSQL has no NUL in texts. What is stored was refused with one before; what is looked up with
 * one is found nowhere, like anything else that nobody could have stored.
 */
const storable = (param: Param): Param =>
  typeof param === 'string' && param.includes('\0') ? param.replaceAll('\0', '\ufffd') : param

const newTransaction = () => ({ committing: false, failure: null })

/** Terminated by an administrator, by a crash of a neighbour, or not let in: the connection is gone with it. */
const endsSession = (code: string): boolean => /^(57P0[1235]|08|53300|28)/.test(code)
