import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { guard } from './guard.ts'
import { processorTime } from './processor-time.ts'

export interface Server {
  /** e.g. `http://127.0.0.1:40123` */
  url: string
  pid: number
  /** Processor time used so far, ms; NaN where the system does not tell. */
  cpu(): number
  /** Resident memory, bytes; NaN where the system does not tell. */
  memory(): number
  stop(): Promise<void>
}

const main = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url))

/** The load comes from one address and never rests: what holds a person back would only hold back the bench. */
const limitsOff = Object.fromEntries(
  ['READ', 'WRITE', 'SEND', 'LOOKUP', 'SIGN_IN', 'SIGN_UP'].map((name) => [
    `TAKEBACK_LIMIT_${name}`,
    'off',
  ]),
)

/**
 * Starts the service as an operator would, in a process of its own, on a free port of localhost.
 * `BENCH_NODE_ARGS` goes to its Node, e.g. `--cpu-prof`.
 * @param environment more settings
 */
export async function startServer(
  dataDir: string,
  environment: Record<string, string> = {},
): Promise<Server> {
  const nodeArgs = process.env['BENCH_NODE_ARGS']?.split(' ') ?? []
  const child = spawn(process.execPath, [...nodeArgs, main], {
    env: {
      ...process.env,
      ...limitsOff,
      TAKEBACK_HOST: '127.0.0.1',
      TAKEBACK_PORT: '0',
      TAKEBACK_DATA_DIR: dataDir,
      TAKEBACK_LOG_LEVEL: 'error',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  guard(child)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}.`)))
    child.stdout.on('data', (chunk: Buffer) => {
      const match = /ready at (\S+)/.exec(chunk.toString())
      if (match?.[1] !== undefined) resolve(match[1])
    })
  })
  return {
    url,
    pid: child.pid ?? 0,
    cpu: () => processorTime(child.pid),
    memory: () => residentMemory(child.pid),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** proc_pid_status(5), VmRSS. */
function residentMemory(pid: number | undefined): number {
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Number(match?.[1]) * 1024
  } catch {
    return Number.NaN
  }
}
