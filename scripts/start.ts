/** `npm start` and `npm run demo`: the web app built if need be, then the service, arguments passed on. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensureWebBuilt } from './build-web.ts'
import { packagesDir } from './paths.ts'

const args = process.argv.slice(2)
const demo = args[0] === '--demo'
const server = join(packagesDir, 'server/src')
const command = demo
  ? [join(server, 'cli/takeback.ts'), 'demo', ...args.slice(1)]
  : [join(server, 'main.ts'), ...args]

ensureWebBuilt()
const service = spawn(process.execPath, command, { stdio: 'inherit' })

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // Ctrl-C in a terminal reaches the service by itself; a second one would cut its goodbye short.
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    service.kill(signal)
  })
// npm, when it is told to end, ends its shell but not what runs in it: notice that the shell is gone.
const shell = process.ppid
const watch = setInterval(() => {
  if (process.ppid !== shell) service.kill('SIGTERM')
}, 500)

service.on('exit', (code, signal) => {
  clearInterval(watch)
  process.exitCode = code ?? (signal === null ? 1 : 128)
})
