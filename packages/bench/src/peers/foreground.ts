import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { guard } from '../load/guard.ts'

export interface Foreground {
  pid: number
  stop(): Promise<void>
}

const START_MS = 60_000

/**
 * Runs a program that stays in the foreground and resolves once it listens on the port. It never
 * outlives the bench, also when that is interrupted.
 * @throws Error with the end of its output, if it does not start
 */
export async function runInForeground(
  [program = '', ...parameters]: readonly string[],
  options: { folder: string; port: number; environment?: Record<string, string> },
): Promise<Foreground> {
  const { folder, port, environment = {} } = options
  const log = join(folder, 'output')
  const output = openSync(log, 'a')
  const child = spawn(program, parameters, {
    cwd: folder,
    env: { ...environment, PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', output, output],
    // A signal to the group of the bench is not for it: it is stopped, or its guard ends it.
    detached: true,
  })
  closeSync(output)
  guard(child)
  const failures: Error[] = []
  child.once('error', (error) => failures.push(error))
  const deadline = performance.now() + START_MS
  while (!(await listens(port))) {
    if (failures[0] !== undefined) throw failures[0]
    if (!hasExited(child) && performance.now() < deadline) continue
    await end(child)
    throw new Error(`${program} does not start: ${readFileSync(log, 'utf8').slice(-2000)}`)
  }
  return { pid: child.pid ?? 0, stop: () => end(child) }
}

/** What it kept is thrown away, so there is nothing to be put in order. */
async function end(child: ChildProcess): Promise<void> {
  if (hasExited(child)) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

const hasExited = ({ exitCode, signalCode }: ChildProcess) =>
  exitCode !== null || signalCode !== null

/** Whether something answers there; waits a moment if not. */
async function listens(port: number): Promise<boolean> {
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
  if (!answers) await new Promise((resolve) => setTimeout(resolve, 50))
  return answers
}
