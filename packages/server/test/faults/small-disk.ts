import { spawn } from 'node:child_process'
import { closeSync, copyFileSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { temporaryFolder } from '../world.ts'

export interface SmallDisk {
  /** Where the disk is mounted, for those who `enter` first. */
  path: string
  /** What to put before a command that is to see the disk. */
  enter: string[]
  /** Takes all space that is left. */
  fill(): void
  /** Gives it back. */
  free(): void
  /** Copies files of the disk to a folder that everybody sees. */
  copyOut(names: readonly string[], to: string): void
}

/**
 * A disk of a few megabytes, in memory, in a mount namespace of its own: nothing else on the machine
 * sees it, and it is gone with its holder. Null, with the test skipped, where that is not allowed.
 */
export async function smallDisk(t: TestContext, megabytes: number): Promise<SmallDisk | null> {
  const folder = temporaryFolder()
  const isRoot = process.getuid?.() === 0
  const mount = 'mount -t tmpfs -o "size=$2" tmpfs "$1" && echo mounted && exec cat'
  const holder = spawn(
    'unshare',
    [isRoot ? '-m' : '-rm', 'sh', '-c', mount, 'sh', folder.path, `${megabytes}m`],
    { stdio: 'pipe' },
  )
  t.after(() => {
    // The shell became `cat`, which ends with its input.
    holder.stdin.end()
    holder.kill()
    folder.remove()
  })
  const mounted = await new Promise<boolean>((resolve) => {
    holder.stdout.once('data', () => resolve(true))
    holder.once('exit', () => resolve(false))
    holder.once('error', () => resolve(false))
  })
  if (!mounted || holder.pid === undefined) {
    t.skip('needs the right to mount: root or user namespaces')
    return null
  }
  const namespaces = `/proc/${holder.pid}/ns`
  const seen = join(`/proc/${holder.pid}/root`, folder.path)
  const filler = join(seen, 'filler')
  return {
    path: folder.path,
    enter: [
      'nsenter',
      ...(isRoot ? [] : [`--user=${namespaces}/user`, '--preserve-credentials']),
      `--mount=${namespaces}/mnt`,
    ],
    fill: () => takeAll(filler),
    free: () => rmSync(filler),
    copyOut(names, to) {
      for (const name of names) copyFileSync(join(seen, name), join(to, name))
    },
  }
}

function takeAll(file: string): void {
  const descriptor = openSync(file, 'a')
  try {
    for (let size = 1024 * 1024; size >= 1; )
      try {
        writeSync(descriptor, Buffer.alloc(size))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        size = Math.floor(size / 2)
      }
  } finally {
    closeSync(descriptor)
  }
}
