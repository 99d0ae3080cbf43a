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

/** An option that postgres.js has and its types lack: statements under way on one connection. */
const unlimitedPipeline: object = { max_pipeline: 100_000 }

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

  async function take(): Promise<Lane> {
    for (let lane = idle.pop(); lane !== undefined; lane = idle.pop()) {
      if (!lane.isLost()) return lane
      open--
    }
    if (open < size) {
      open++
      return openLane(url, patience)
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
    if (next !== undefined) next(lane.isLost() ? openLane(url, patience) : lane)
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

function openLane(url: string, patience: number): Lane {
  let lost = false
  let committing = false
  // A client of its own for each connection: postgres.js would give a lost one back its place and
  // send what follows outside of any transaction.
  const sql = postgres(url, {
    max: 1,
    ...unlimitedPipeline,
    max_lifetime: null,
    idle_timeout: 0,
    connect_timeout: CONNECT_WITHIN / 1000,
    fetch_types: false,
    target_session_attrs: 'read-write',
    onnotice: () => {},
    onclose: () => {
      lost = true
    },
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

  async function statement(text: string, params: readonly Param[] = []) {
    if (lost) throw new Lost('before', committing)
    try {
      return await sql.unsafe(text, [...params], { prepare: true })
    } catch (error) {
      if (error instanceof postgres.PostgresError && !endsSession(error.code)) throw error
      lost = true
      throw new Lost(error, committing)
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
      committing = false
      unheard(text)
    },
    rollback: () => unheard('rollback'),
    async commit() {
      committing = true
      const { command } = await statement('commit')
      // So it answers where a statement had failed and nobody minded.
      if (command !== 'COMMIT') throw new Error('A transaction with a failed statement went on.')
      committing = false
    },
    async giveUp() {
      lost = true
      await sql.end({ timeout: 0 })
    },
    isLost: () => lost,
  }
}

/** Terminated by an administrator, by a crash of a neighbour, or not let in: the connection is gone with it. */
const endsSession = (code: string): boolean => /^(57P0[1235]|08|53300|28)/.test(code)
