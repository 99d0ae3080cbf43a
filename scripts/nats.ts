/** A throw-away nats-server on a free port: never one that happens to be running. */
import { type ChildProcess, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { freePort } from './postgres.ts'
import { isRunnable } from './runnable.ts'

export interface TestNats {
  url: string
  port: number
  /** Ends it; resolves once it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again after `stop`, on the same port. */
  start(): Promise<void>
}

const binary = findBinary()

/** Why there can be none, and which package to install; null if there can be. */
export const natsMissing: string | null =
  binary === null ? 'nats-server was not found; on Debian: apt-get install nats-server' : null

/** Debian puts it where only root looks. */
function findBinary(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin']
  return folders.map((folder) => join(folder, 'nats-server')).find(isRunnable) ?? null
}

export async function startNats(): Promise<TestNats> {
  if (binary === null) throw new Error(natsMissing ?? '')
  const port = await freePort()
  let child: ChildProcess | null = null

  // However this process ends, what it started must end too.
  process.on('exit', () => child?.kill('SIGKILL'))

  async function start(): Promise<void> {
    const started = spawn(binary ?? '', ['-a', '127.0.0.1', '-p', String(port)], {
      stdio: 'ignore',
    })
    child = started
    await untilItListens(port, () => started.exitCode !== null)
  }

  async function stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const ending = child
    child = null
    if (ending === null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill(signal)
    await gone
  }

  await start()
  return { url: `nats://127.0.0.1:${port}`, port, start, stop }
}

async function untilItListens(port: number, hasEnded: () => boolean): Promise<void> {
  for (;;) {
    const answers = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('error', () => resolve(false))
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
    })
    if (hasEnded()) throw new Error(`nats-server ended at its start on port ${port}.`)
    if (answers) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
