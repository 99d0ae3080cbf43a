import { Worker } from 'node:worker_threads'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Hint } from './types.ts'
import { toError, type Ask, type Asked, type Post, type Told } from './wire.ts'
import type { WorkerSettings } from './worker.ts'

interface Waiting {
  resolve: (value: never) => void
  reject: (error: Error) => void
}

export interface ThreadOptions {
  module: './worker.ts' | './read-worker.ts'
  settings: WorkerSettings
  onHint: (hint: Hint) => void
  onExit: (code: number) => void
}

export interface Thread {
  /** Rejects with `Refusal`, `CannotWrite` or, for a defect, any other error. */
  ask<T>(method: Asked, ...args: unknown[]): Promise<T>
  tell(method: Told, ...args: unknown[]): void
  close(): Promise<void>
}

/**
 * A core in a thread of its own. Calls made in one turn of the event loop cross in one post, and so
 * do all answers of one commit: the hand-over costs little however small the commands are.
 */
export async function startThread(options: ThreadOptions): Promise<Thread> {
  const worker = new Worker(new URL(options.module, import.meta.url), {
    workerData: options.settings,
  })
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`The core could not start (${code}).`)))
  })

  const waiting = new Map<number, Waiting>()
  let asks: Ask[] = []
  let nextId = 1
  let ended = false

  worker.removeAllListeners('exit')
  worker.removeAllListeners('error')
  worker.on('error', (error: Error) => process.stderr.write(`${error.stack}\n`))
  worker.on('exit', (code) => {
    ended = true
    for (const { reject } of waiting.values()) reject(new Refusal('service_degraded'))
    waiting.clear()
    options.onExit(code)
  })
  worker.on('message', ({ answered, values, failed, hints }: Post) => {
    // Answers first: who sent a message hears that it is stored before its event comes round.
    for (const [index, id] of answered.entries()) taken(id)?.resolve(values[index] as never)
    for (const { id, failure } of failed) taken(id)?.reject(toError(failure))
    for (const hint of hints) options.onHint(hint)
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

  return {
    ask,
    tell: (method, ...args) => enqueue({ id: null, method, args }),
    async close() {
      await ask('close')
      await worker.terminate()
    },
  }
}
