import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { RelayAddress } from '../load/orders.ts'
import { processorTime } from '../load/processor-time.ts'
import { measureRate, type Rate, type Work } from '../load/rate.ts'

const relay = fileURLToPath(new URL('./relay.ts', import.meta.url))

/** What a bare relay carries of the same ping-pong, driven by the same load process. */
export async function measureRelay(work: Work): Promise<Rate> {
  const child = spawn(process.execPath, [relay], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const port = Number(line)
    const address = (name: string, to: string): RelayAddress => ({
      protocol: 'relay',
      port,
      name,
      to,
    })
    const pairs = Array.from({ length: work.pairs }, (_, index): [RelayAddress, RelayAddress] => [
      address(`a${index}`, `b${index}`),
      address(`b${index}`, `a${index}`),
    ])
    return await measureRate(pairs, work, () => processorTime(child.pid))
  } finally {
    child.stdin.end()
  }
}
