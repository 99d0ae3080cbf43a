/** Builds the web app when its build is missing or older than what it is made from. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join, relative } from 'node:path'
import { packagesDir, root, webDir } from './paths.ts'

const dist = join(webDir, 'dist')
const builtPage = join(dist, 'index.html')

/** Whatever changes the bundle: the app, the two packages it is built on, and their versions. */
function newestSource(): number {
  const files = [
    ...globSync(`${webDir}/{src,public}/**/*.*`),
    ...globSync(`${webDir}/*.{html,json,ts}`),
    ...globSync(`${packagesDir}/{sdk,protocol}/src/**/*.ts`),
    join(root, 'package-lock.json'),
  ].filter((file) => !file.endsWith('.test.ts'))
  return Math.max(...files.map((file) => statSync(file).mtimeMs))
}

export function webIsStale(): boolean {
  return !existsSync(builtPage) || statSync(builtPage).mtimeMs < newestSource()
}

/**
 * Builds beside the old build and then swaps, so that a running service never serves half an app.
 * Throws with vite's output when the build fails; the old build then stays.
 */
export function ensureWebBuilt(): void {
  if (!webIsStale()) return
  const started = new Date()
  const fresh = join(webDir, `dist-${process.pid}.tmp`)
  console.error('Building the web app …')
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const built = spawnSync(
    process.execPath,
    [vite, 'build', '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn'],
    { cwd: webDir, encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production' } },
  )
  if (built.status !== 0) {
    rmSync(fresh, { recursive: true, force: true })
    throw new Error(`The web app did not build.\n${built.stdout}${built.stderr}`)
  }
  rmSync(dist, { recursive: true, force: true })
  renameSync(fresh, dist)
  // A source saved while vite was at work must still count as newer.
  utimesSync(builtPage, started, started)
  console.error(`Built ${relative(root, dist)}.`)
}

if (import.meta.main) ensureWebBuilt()
