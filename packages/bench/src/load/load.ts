import { type ChildProcess, fork } from 'node:child_process'
import { Fault } from './fault.ts'
import type { Address, Answer, Count, Order } from './orders.ts'
import type { Latencies } from './schedule.ts'

const generator = new URL('./generator.ts', import.meta.url)

/** Load processes with their devices, connected. Every method throws Fault once anything was wrong. */
export interface Load {
  /** Starts the ping-pong. @param window messages in flight per pair */
  rally(window: number): Promise<void>
  /** Starts saying messages at a fixed rate; latencies are those of what is due in `duration` after `warmUp`, ms. */
  schedule(rate: number, warmUp: number, duration: number): Promise<void>
  count(): Promise<Count[]>
  /**
   * Says nothing new, and checks that all that was said has arrived.
   * @param patience how long that may take, ms; else as long as anything arrives
   */
  drain(patience?: number): Promise<{ sent: number; latencies: Latencies | null }>
  stop(): Promise<void>
}

/**
 * Starts load processes and connects their devices. `BENCH_LOAD_NODE_ARGS` goes to their Node, e.g.
 * `--cpu-prof`.
 * @param processes among which the pairs are shared out
 */
export async function startLoad(pairs: [Address, Address][], processes = 1): Promise<Load> {
  const share = Math.ceil(pairs.length / processes)
  const generators = Array.from({ length: processes }, () => startGenerator())
  const all = <T>(work: (one: Generator) => Promise<T>) => Promise.all(generators.map(work))
  const stop = async () => void (await all((one) => one.stop()))
  try {
    await Promise.all(
      generators.map((one, index) =>
        one.ask({ type: 'connect', pairs: pairs.slice(index * share, (index + 1) * share) }),
      ),
    )
  } catch (error) {
    await stop()
    throw error
  }
  return {
    async rally(window) {
      await all((one) => one.ask({ type: 'rally', window }))
    },
    async schedule(rate, warmUp, duration) {
      await all((one) => one.ask({ type: 'schedule', rate: rate / processes, warmUp, duration }))
    },
    async count() {
      const answers = await all((one) => one.ask({ type: 'count' }))
      return answers.flatMap((answer) => (answer.type === 'counted' ? answer.count : []))
    },
    async drain(patience) {
      const answers = await all((one) => one.ask({ type: 'drain', patience: patience ?? null }))
      const drained = answers.flatMap((answer) => (answer.type === 'drained' ? answer : []))
      return {
        sent: drained.reduce((sum, { sent }) => sum + sent, 0),
        // Percentiles of several cannot be put together; latency is measured by one.
        latencies: drained.length === 1 ? (drained[0]?.latencies ?? null) : null,
      }
    },
    stop,
  }
}

type Generator = ReturnType<typeof startGenerator>

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
    stop: () => ended(child),
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  // It ends with its line to here, and writes its profile if it makes one.
  child.disconnect()
  await exit
}
