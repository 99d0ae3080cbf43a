/** Finds a Chromium for the browser tests and screenshots, and starts it. */
import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'
import { isRunnable } from './runnable.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const elsewhere = [
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

const HOW =
  'No Chromium was found for the browser tests. Install one (on Debian: `apt-get install chromium`), ' +
  'or set TAKEBACK_CHROMIUM to its path, or, as root on Debian, set TAKEBACK_INSTALL_BROWSER=1 to have it installed.'

/** Path of a Chromium: from the setting, from the usual places, or installed from Debian when allowed. */
export function findChromium(env: NodeJS.ProcessEnv = process.env, runs = isRunnable): string {
  const set = env['TAKEBACK_CHROMIUM']
  if (set !== undefined && set !== '') {
    if (runs(set)) return set
    throw new Error(`TAKEBACK_CHROMIUM is ${set}, which cannot be run.`)
  }
  const found = usual(env, runs) ?? (mayInstall(env, runs) ? install(env) : undefined)
  if (found === undefined) throw new Error(HOW)
  return found
}

/** A headless browser that talks to nobody but the pages it is given. Close it when done. */
export function launch(options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    ...options,
    args: [
      // Chromium refuses its sandbox to root, as in a container; anybody else keeps it.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
      ...(options.args ?? []),
    ],
  })
}

function usual(env: NodeJS.ProcessEnv, runs: (path: string) => boolean): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).concat('/usr/bin')
  const places = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...places, ...elsewhere].find(runs)
}

function mayInstall(env: NodeJS.ProcessEnv, runs: (path: string) => boolean): boolean {
  const allowed = env['TAKEBACK_INSTALL_BROWSER'] ?? env['CI'] ?? ''
  return (
    !['', '0', 'false'].includes(allowed) && process.getuid?.() === 0 && runs('/usr/bin/apt-get')
  )
}

function install(env: NodeJS.ProcessEnv): string | undefined {
  const apt = (...args: string[]) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0
  console.error('Installing Chromium from Debian …')
  apt('update', '-qq')
  return apt('install', '-y', '-qq', '--no-install-recommends', 'chromium')
    ? usual(env, isRunnable)
    : undefined
}
