import { Worker } from 'node:worker_threads'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Core, Hint } from './types.ts'
import type { Ask, Asked, Failure, Post, Told } from './wire.ts'
import type { WorkerSettings } from './worker.ts'

interface Waiting {
  resolve: (value: never) => void
  reject: (error: Error) => void
}

/**
 * A core in a thread of its own. Calls made in one turn of the event loop cross in one post, and so
 * do all answers of one commit: the hand-over costs little however small the commands are.
 */
export async function startWorkerCore(
  settings: WorkerSettings,
  onExit: (code: number) => void,
): Promise<Core> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings })
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`The core could not start (${code}).`)))
  })

  const waiting = new Map<number, Waiting>()
  let asks: Ask[] = []
  let nextId = 1
  let listener: (hint: Hint) => void = () => {}
  let ended = false

  worker.removeAllListeners('exit')
  worker.removeAllListeners('error')
  worker.on('error', (error: Error) => process.stderr.write(`${error.stack}\n`))
  worker.on('exit', (code) => {
    ended = true
    for (const { reject } of waiting.values()) reject(new Refusal('service_degraded'))
    waiting.clear()
    onExit(code)
  })
  worker.on('message', ({ answered, values, failed, hints }: Post) => {
    // Answers first: who sent a message hears that it is stored before its event comes round.
    for (const [index, id] of answered.entries()) taken(id)?.resolve(values[index] as never)
    for (const { id, failure } of failed) taken(id)?.reject(toError(failure))
    for (const hint of hints) listener(hint)
  })

  function taken(id: number): Waiting | undefined {
    const asker = waiting.get(id)
    waiting.delete(id)
    return asker
  }

  function enqueue(ask: Ask): void {
    if (asks.length === 0)
      setImmediate(() => {
        worker.postMessage(JSON.stringify(asks))
        asks = []
      })
    asks.push(ask)
  }

  const ask = <T>(method: Asked, ...args: unknown[]): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (ended) return reject(new Refusal('service_degraded'))
      const id = nextId++
      waiting.set(id, { resolve, reject })
      enqueue({ id, method, args })
    })
  const tell = (method: Told, ...args: unknown[]): void => enqueue({ id: null, method, args })

  return {
    call: (name, caller, input) => ask('call', name, caller, input),
    authenticate: (token) => ask('authenticate', token),
    page: (account, epoch, after) => ask('page', account, epoch, after),
    head: (account) => ask('head', account),
    heads: (accounts, devices) => ask('heads', accounts, devices),
    revokedLately: () => ask('revokedLately'),
    attach: (account) => tell('attach', account),
    detach: (account) => tell('detach', account),
    onHint: (next) => {
      listener = next
    },
    healthy: () => ask('healthy'),
    async close() {
      await ask('close')
      await worker.terminate()
    },
  }
}

const toError = (failed: Failure): Error =>
  'refusal' in failed
    ? new Refusal(failed.refusal.code, failed.refusal.extras)
    : new Error(failed.failure)
