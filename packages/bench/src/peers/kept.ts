import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:net'

export interface Kept {
  pid: number
  stop(): Promise<void>
}

/**
 * Starts what stands after it and prints its number; reads until its input closes, which happens
 * however the bench ends, and then ends it.
 */
const KEEPER = `
"$@" </dev/null >>"$KEPT_LOG" 2>&1 &
pid=$!
echo "$pid"
cat >/dev/null
kill -KILL "$pid"
wait "$pid" 2>/dev/null
`

const START_MS = 60_000

/**
 * Runs a program that stays in the foreground and resolves once it listens on the port. It never
 * outlives the bench, also when that is interrupted.
 * @throws Error with the end of its output, if it does not start
 */
export async function keep(
  command: readonly string[],
  options: { folder: string; port: number; environment?: Record<string, string> },
): Promise<Kept> {
  const { folder, port, environment = {} } = options
  const log = join(folder, 'output')
  closeSync(openSync(log, 'a'))
  const keeper = spawn('sh', ['-c', KEEPER, 'sh', ...command], {
    cwd: folder,
    env: {
      ...environment,
      PATH: process.env['PATH'],
      HOME: folder,
      LC_ALL: 'C.UTF-8',
      KEPT_LOG: log,
    },
    stdio: ['pipe', 'pipe', 'ignore'],
    // A signal to the group of the bench is not for it: its keeper ends it.
    detached: true,
  })
  const stop = async () => {
    if (keeper.exitCode !== null) return
    keeper.stdin.end()
    await once(keeper, 'exit')
  }
  const [line] = (await once(keeper.stdout, 'data')) as [Buffer]
  const pid = Number(line)
  const deadline = performance.now() + START_MS
  while (!(await listens(port))) {
    if (isRunning(pid) && performance.now() < deadline) continue
    await stop()
    throw new Error(`${command[0]} does not start: ${readFileSync(log, 'utf8').slice(-2000)}`)
  }
  return { pid, stop }
}

function isRunning(pid: number): boolean {
  try {
    // A signal of 0 only asks; one that ended and waits for its keeper is still there, as a zombie.
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

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
