/**
 * Throw-away PostgreSQL clusters from Debian's package, each with a folder and a port of its own:
 * never a server that happens to be running. However the process that started one ends, a keeper
 * beside it ends the cluster and removes its folder.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  chownSync,
  closeSync,
  globSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from 'node:fs'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { isRunnable } from './runnable.ts'

export interface TestPostgres {
  /** Of a maintenance database, as a superuser. */
  url: string
  port: number
  dataDir: string
  /** A fresh, empty database; resolves with its URL. */
  createDatabase(): Promise<string>
  /** SIGKILL to all of its processes at once; resolves when none is left. */
  kill(): Promise<void>
  /** Starts it again after `kill`, on the same port and data. */
  start(): Promise<void>
  /** Ends it and removes all that it wrote. */
  stop(): Promise<void>
}

export interface TestPostgresOptions {
  /** False saves a lot of time where nothing is killed. */
  fsync?: boolean
}

const binaries = findBinaries()

/** Why there can be no cluster, and which package to install; null if there can be. */
export const postgresMissing: string | null =
  binaries === null
    ? 'PostgreSQL was not found; on Debian: apt-get install postgresql (no server of it need run)'
    : null

/** The newest of Debian's versions, otherwise whatever stands on the PATH. */
function findBinaries(): string | null {
  const versions = globSync('/usr/lib/postgresql/*/bin').toSorted(
    (a, b) => Number(b.split('/')[4]) - Number(a.split('/')[4]),
  )
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'postgres'))
    .filter(isRunnable)
    .map((file) => dirname(realpathSync(file)))
  const complete = (folder: string) =>
    isRunnable(join(folder, 'initdb')) && isRunnable(join(folder, 'postgres'))
  return [...versions, ...onPath].find(complete) ?? null
}

/** PostgreSQL refuses to be root: then it runs as the user whom its package made. */
function unprivileged(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {}
  const users = readFileSync('/etc/passwd', 'utf8').split('\n')
  const [, , uid, gid] = users.find((line) => line.startsWith('postgres:'))?.split(':') ?? []
  if (uid === undefined) throw new Error('There is no user postgres to run PostgreSQL as.')
  return { uid: Number(uid), gid: Number(gid) }
}

/** Not the mark of a test run: the keeper ends these processes, and must not be ended before. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' }
}

/** @throws what PostgreSQL said, if it does not start; an Error with `postgresMissing` without it */
export async function startPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  if (binaries === null) throw new Error(postgresMissing ?? '')
  const user = unprivileged()
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'takeback-postgres-')))
  const keeper = startKeeper(folder)
  const [dataDir, logFile] = [join(folder, 'data'), join(folder, 'log')]
  const stop = () => endKeeper(keeper)
  try {
    const password = randomBytes(24).toString('hex')
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
    await initialise(binaries, folder, dataDir, password, user)

    const launch = async (port: number) => {
      const log = openSync(logFile, 'a')
      const child = spawn(join(binaries, 'postgres'), serverArguments(dataDir, port, options), {
        ...user,
        cwd: folder,
        env: environment(),
        stdio: ['ignore', log, log],
        // A signal to the group of the tests is not for the database.
        detached: true,
      })
      closeSync(log)
      child.unref()
      const url = `postgres://takeback:${password}@127.0.0.1:${port}/postgres`
      await accepts(url, child, logFile)
      return { child, port, url }
    }
    const first = await launchOnFreePort(launch)
    const { port, url } = first
    let { child } = first
    return {
      url,
      port,
      dataDir,
      createDatabase: () => createDatabase(url),
      async kill() {
        child.ref()
        const exited = hasExited(child) ? null : once(child, 'exit')
        child.kill('SIGKILL')
        await killAllIn(dataDir)
        await exited
      },
      async start() {
        if (!hasExited(child)) throw new Error('This PostgreSQL is running.')
        child = (await launch(port)).child
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function initialise(
  binaries: string,
  folder: string,
  dataDir: string,
  password: string,
  user: { uid?: number; gid?: number },
): Promise<void> {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user.uid !== undefined && user.gid !== undefined) chownSync(passwordFile, user.uid, user.gid)
  const options = { ...user, cwd: folder, env: environment() }
  const { stdout } = await promisify(execFile)(join(binaries, 'initdb'), ['--version'], options)
  const version = Number(/(\d+)/.exec(stdout)?.[1])
  await promisify(execFile)(
    join(binaries, 'initdb'),
    [
      `--pgdata=${dataDir}`,
      '--username=takeback',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C.UTF-8',
      // As most installations: an order of texts that is not that of their bytes.
      ...(version >= 15 ? ['--locale-provider=icu', '--icu-locale=en-US'] : []),
      '--no-sync',
    ],
    options,
  )
}

function serverArguments(dataDir: string, port: number, { fsync = true }: TestPostgresOptions) {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '16MB',
    fsync: fsync ? 'on' : 'off',
    full_page_writes: fsync ? 'on' : 'off',
    // In the folder, so that nothing stays in /dev/shm after a kill.
    dynamic_shared_memory_type: 'mmap',
  }
  return [
    '-D',
    dataDir,
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ]
}

async function launchOnFreePort<T>(launch: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await launch(await freePort())
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('Address already in use')
      if (!taken || attempt === 5) throw error
    }
}

/** Below those that systems give away by themselves, so that it is still free after a restart. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const probe = createServer()
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    await new Promise((resolve) => probe.close(resolve))
    return port
  }
}

const START_MS = 60_000

/** Resolves once it answers a statement. */
async function accepts(url: string, child: ChildProcess, logFile: string): Promise<void> {
  const failures: Error[] = []
  child.once('error', (error) => failures.push(error))
  const deadline = performance.now() + START_MS
  for (;;) {
    try {
      await administer(url, 'select 1')
      return
    } catch (error) {
      if (failures[0] !== undefined) throw failures[0]
      if (hasExited(child) || performance.now() > deadline) {
        child.kill('SIGKILL')
        throw new Error(
          `PostgreSQL does not start: ${readFileSync(logFile, 'utf8').slice(-4000)}`,
          {
            cause: error,
          },
        )
      }
    }
    await pause(20)
  }
}

/** Runs one statement on a connection of its own. */
async function administer(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 20 })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** A fresh, empty database in the cluster whose maintenance database this is; resolves with its URL. */
export async function createDatabase(maintenanceUrl: string): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  // Nobody can be connected to template0, and so nobody be in the way.
  await administer(maintenanceUrl, `create database ${name} template template0`)
  const url = new URL(maintenanceUrl)
  url.pathname = `/${name}`
  return url.href
}

/** Removes such a database, whoever is still connected to it. */
export async function dropDatabase(maintenanceUrl: string, url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  await administer(maintenanceUrl, `drop database if exists ${name} with (force)`)
}

/**
 * Reads until its input closes, which happens however this process ends; then ends the cluster in
 * the folder ($1) and removes it. A process id counts only while its command names the folder. After
 * a kill, line 7 of its file has the shared memory that is left (storage/lmgr: key, id).
 */
const KEEPER = `
cat >/dev/null
file="$1/data/postmaster.pid"
ours() {
  case "$(tr '\\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null || ps -o args= -p "$pid" 2>/dev/null)" in
    *"$1/data"*) return 0 ;;
  esac
  return 1
}
pid=$(head -n 1 "$file" 2>/dev/null)
if [ -n "$pid" ] && ours "$1"; then
  kill -QUIT "$pid"
  tries=0
  while ours "$1" && [ $tries -lt 200 ]; do sleep 0.05; tries=$((tries + 1)); done
  ours "$1" && kill -KILL "$pid"
fi
[ -f "$file" ] && ipcrm -m "$(awk 'NR == 7 { print $2 }' "$file")" 2>/dev/null
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
`

function startKeeper(folder: string): ChildProcess {
  const keeper = spawn('sh', ['-c', KEEPER, 'sh', folder], {
    cwd: '/',
    env: environment(),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  keeper.unref()
  // Waiting for it must not keep a finished process alive.
  if (keeper.stdin instanceof Socket) keeper.stdin.unref()
  return keeper
}

async function endKeeper(keeper: ChildProcess): Promise<void> {
  if (hasExited(keeper)) return
  keeper.ref()
  const exited = once(keeper, 'exit')
  keeper.stdin?.end()
  await exited
}

const hasExited = ({ exitCode, signalCode }: ChildProcess) =>
  exitCode !== null || signalCode !== null

/** All of PostgreSQL's processes have the data folder as their working folder. */
async function killAllIn(dataDir: string): Promise<void> {
  for (;;) {
    const left = processesIn(dataDir)
    if (left.length === 0) return
    for (const pid of left)
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Ended by itself.
      }
    await pause(5)
  }
}

function processesIn(dataDir: string): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && folderOf(pid) === dataDir)
  } catch {
    return []
  }
}

function folderOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return null
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
