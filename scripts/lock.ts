/**
 * Completes package-lock.json with the platform packages (optional dependencies such as
 * `@biomejs/cli-darwin-arm64`) that npm left out because the registry at hand did not offer them.
 * Without their entries `npm ci` calls the lock file out of sync and installs nothing.
 * Run it after every `npm install`: `npm run lock`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './paths.ts'

export interface LockEntry {
  version?: string
  integrity?: string
  resolved?: string
  link?: boolean
  dev?: boolean
  optional?: boolean
  optionalDependencies?: Record<string, string>
  os?: string[]
  cpu?: string[]
  libc?: string[]
}
export interface Lock {
  packages: Record<string, LockEntry>
}

export const lockFile = join(root, 'package-lock.json')

export function readLock(): Lock {
  return JSON.parse(readFileSync(lockFile, 'utf8')) as Lock
}

/** Platform packages that an entry names and the lock file lacks. */
export function missingPlatforms(lock: Lock): { name: string; version: string; dev: boolean }[] {
  return Object.values(lock.packages).flatMap((entry) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => lock.packages[`node_modules/${name}`] === undefined)
      .map(([name, version]) => ({ name, version, dev: entry.dev === true })),
  )
}

const systems = /(android|darwin|freebsd|linux|openharmony|win32)/
const processors = /(arm64|x64|ia32|ppc64|riscv64|s390x|arm)/

/** Reads `linux-x64-musl` and its like; a name that says no platform has to be added by hand. */
function platformEntry(name: string, version: string, dev: boolean): LockEntry {
  const os = systems.exec(name)?.[1]
  const cpu = processors.exec(name.replace('@oxlint-tsgolint', ''))?.[1]
  if (os === undefined || cpu === undefined || !/^\d/.test(version))
    throw new Error(`${name}@${version} names no platform: add it to package-lock.json by hand.`)
  const libc = /musl/.test(name) ? 'musl' : /gnu/.test(name) ? 'glibc' : undefined
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    os: [os],
  }
}

function complete(lock: Lock): number {
  const missing = missingPlatforms(lock)
  for (const { name, version, dev } of missing)
    lock.packages[`node_modules/${name}`] = platformEntry(name, version, dev)
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')),
  )
  return missing.length
}

if (import.meta.main) {
  const lock = readLock()
  const added = complete(lock)
  if (added > 0) writeFileSync(lockFile, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`package-lock.json: ${added} platform packages added.`)
}
