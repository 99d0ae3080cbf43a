import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { eventually } from './files.ts'

/** Why strace cannot be used here; false if it can. For a test's `skip`. */
export function withoutStrace(): string | false {
  try {
    // The whole of what is needed: a traced child of ours, and the filter in the kernel.
    execFileSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true'], { stdio: 'ignore' })
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'needs Debian package strace'
      : 'strace may not trace here'
  }
}

const WATCHED = 'openat,unlink,pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync,ftruncate'

const OPTIONS = `-D -f -y -xx --seccomp-bpf -s 65536 -e trace=${WATCHED}`.split(' ')

/**
 * What to put before a command so that its file writes, syncs and socket writes are written down.
 * The tracer is a grandchild: signals and exit code stay those of the command itself.
 */
export const traced = (file: string, ...more: string[]): string[] => [
  'strace',
  ...OPTIONS,
  '-o',
  file,
  ...more,
]

/** What happened, in order. Files are those of one folder, by name. */
export type Step =
  | { kind: 'create' | 'unlink' | 'sync' | 'failed-sync'; file: string }
  | { kind: 'write'; file: string; offset: number; bytes: Buffer }
  | { kind: 'truncate'; file: string; length: number }
  /** The folder itself was synced: what was created and unlinked in it stays so. */
  | { kind: 'sync-folder' }
  /** Bytes on their way out of a socket. */
  | { kind: 'sent'; bytes: Buffer }

/** Waits until the tracer has seen its process end, and reads what it wrote. */
export async function readTrace(file: string, folder: string): Promise<Step[]> {
  const text = await eventually('the tracer finished', () => {
    const written = readFileSync(file, 'latin1')
    const main = written.slice(0, written.indexOf(' '))
    // Behind it there are only the ends of its threads.
    const last = written.slice(-4000)
    return new RegExp(`^${main} +\\+{3} `, 'm').test(last) ? written : null
  })
  return stepsOf(text.split('\n'), folder)
}

/** A write counts from where it began, since its bytes may be on their way; a sync from where it returned. */
export function stepsOf(lines: readonly string[], folder: string): Step[] {
  const steps: Step[] = []
  const begun = new Map<string, string>()
  const existing = new Set<string>()

  const enter = (call: Call): void => {
    const step = beginning(call, folder)
    if (step !== null) steps.push(step)
  }
  const leave = (call: Call): void => {
    const step = ending(call, folder)
    if (step === null || (step.kind === 'create' && existing.has(step.file))) return
    if (step.kind === 'create') existing.add(step.file)
    if (step.kind === 'unlink') existing.delete(step.file)
    steps.push(step)
  }

  for (const line of lines) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)
    if (resumed !== null) {
      const call = parse((begun.get(thread) ?? '') + (resumed[1] ?? ''))
      if (call !== null) leave(call)
      continue
    }
    const unfinished = rest.endsWith(' <unfinished ...>')
    const text = unfinished ? rest.slice(0, -' <unfinished ...>'.length) : rest
    const call = parse(text)
    if (call === null) continue
    enter(call)
    if (unfinished) begun.set(thread, text)
    else leave(call)
  }
  return steps
}

interface Call {
  name: string
  /** Where the first argument's descriptor leads. */
  target: string
  args: string
  result: number | null
}

function parse(text: string): Call | null {
  const head = /^(\w+)\((?:(?:\d+|AT_FDCWD)<((?:\\x..)*)>)?/.exec(text)
  if (head === null) return null
  // An opened file is named again behind the result, in full.
  const result = /\) += (-?\d+)[^"]*$/.exec(text.slice(-20_000))
  return {
    name: head[1] ?? '',
    target: decode(head[2] ?? '').toString(),
    args: text,
    result: result === null ? null : Number(result[1]),
  }
}

const decode = (escaped: string): Buffer => Buffer.from(escaped.replaceAll('\\x', ''), 'hex')

/** All strings of a call, one after the other: the parts of a gathered write are one stream. */
const stringsOf = (args: string): Buffer =>
  Buffer.concat([...args.matchAll(/"((?:\\x..)*)"/g)].map((match) => decode(match[1] ?? '')))

const numbersAtEnd = (args: string): number[] =>
  (/((?:, \d+)+)\)? *(?:= .*)?$/.exec(args)?.[1] ?? '').split(', ').slice(1).map(Number)

/** What is true from the moment a call begins. */
function beginning({ name, target, args }: Call, folder: string): Step | null {
  if (name === 'pwrite64' && dirname(target) === folder) {
    const offset = numbersAtEnd(args).at(-1)
    if (offset === undefined) throw new Error(`A write without an offset: ${args.slice(-100)}`)
    return { kind: 'write', file: basename(target), offset, bytes: stringsOf(args) }
  }
  if (['write', 'writev', 'sendto', 'sendmsg'].includes(name) && target.startsWith('socket:'))
    return { kind: 'sent', bytes: stringsOf(args) }
  // Made anew at each start: nothing of it has to last.
  if (target === join(folder, 'admin.json')) return null
  if (['write', 'writev'].includes(name) && dirname(target) === folder)
    throw new Error(`A write that the model does not know: ${args.slice(0, 100)}`)
  return null
}

/** What is true once a call has returned. */
function ending({ name, target, args, result }: Call, folder: string): Step | null {
  if (name === 'fsync' || name === 'fdatasync') {
    if (target === folder) return result === 0 ? { kind: 'sync-folder' } : null
    if (dirname(target) !== folder) return null
    return { kind: result === 0 ? 'sync' : 'failed-sync', file: basename(target) }
  }
  if (result === null || result < 0) return null
  if (name === 'ftruncate' && dirname(target) === folder)
    return { kind: 'truncate', file: basename(target), length: numbersAtEnd(args).at(-1) ?? 0 }
  if (name === 'openat' || name === 'unlink') {
    const path = stringsOf(args).toString()
    // The result of openat repeats the path, without quotes.
    if (dirname(path) !== folder || (name === 'openat' && !args.includes('O_CREAT'))) return null
    return { kind: name === 'openat' ? 'create' : 'unlink', file: basename(path) }
  }
  return null
}
