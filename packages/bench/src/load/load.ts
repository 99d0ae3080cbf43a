import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Fault } from './fault.ts'
import type { Address, Answer, Count, Order } from './orders.ts'
import type { Latencies } from './schedule.ts'

const generator = new URL('./generator.ts', import.meta.url)

/** A load process with its devices, connected. Every method throws Fault once anything was wrong. */
export interface Load {
  /** Starts the ping-pong. @param window messages in flight per pair */
  rally(window: number): Promise<void>
  /** Starts saying messages at a fixed rate; latencies are those of what is due in `duration` after `warmUp`, ms. */
  schedule(rate: number, warmUp: number, duration: number): Promise<void>
  count(): Promise<Count>
  /**
   * Says nothing new, and checks that all that was said has arrived.
   * @param patience how long that may take, ms; else as long as anything arrives
   * @returns those of a schedule
   */
  drain(patience?: number): Promise<Latencies | null>
  stop(): Promise<void>
}

/**
 * Starts a load process and connects its devices. One is enough: it does a multiple of what any
 * service here carries. `BENCH_LOAD_NODE_ARGS` goes to its Node, e.g. `--cpu-prof`.
 */
export async function startLoad(pairs: [Address, Address][]): Promise<Load> {
  const { ask, stop } = startGenerator()
  try {
    await ask({ type: 'connect', pairs })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    async rally(window) {
      await ask({ type: 'rally', window })
    },
    async schedule(rate, warmUp, duration) {
      await ask({ type: 'schedule', rate, warmUp, duration })
    },
    async count() {
      const answer = await ask({ type: 'count' })
      if (answer.type !== 'counted') throw new Error('A load process did not count.')
      return answer.count
    },
    async drain(patience) {
      const answer = await ask({ type: 'drain', patience: patience ?? null })
      return answer.type === 'drained' ? answer.latencies : null
    },
    stop,
  }
}

function startGenerator() {
  const nodeArgs = process.env['BENCH_LOAD_NODE_ARGS']?.split(' ') ?? []
  // With much room for what is young, little of it is ever copied: frames are read and forgotten.
  const child = fork(generator, { execArgv: ['--max-semi-space-size=64', ...nodeArgs] })
  const waiting: { resolve(answer: Answer): void; reject(fault: Fault): void }[] = []
  let fault: Fault | null = null

  function fail(what: string): void {
    fault ??= new Fault(what)
    for (const { reject } of waiting.splice(0)) reject(fault)
  }
  child.on('message', (answer: Answer) => {
    if (answer.type === 'fault') fail(answer.what)
    else waiting.shift()?.resolve(answer)
  })
  child.on('exit', (code) => fail(`A load process ended with ${code}.`))

  return {
    ask: (order: Order): Promise<Answer> =>
      new Promise((resolve, reject) => {
        if (fault !== null) return reject(fault)
        waiting.push({ resolve, reject })
        child.send(order)
      }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      // It ends with its line to here, and writes its profile if it makes one.
      if (child.connected) child.disconnect()
      await exit
    },
  }
}
