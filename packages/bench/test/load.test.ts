import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Fault } from '../src/load/fault.ts'
import { measureLatency } from '../src/load/latency.ts'
import type { RelayAddress } from '../src/load/orders.ts'
import { atHead, makePairs } from '../src/load/people.ts'
import { measureRate } from '../src/load/rate.ts'
import { startServer } from '../src/load/server.ts'
import { startFaultyRelay, type Mischief } from './faulty-relay.ts'

const short = { window: 4, seconds: 1, warmUp: 0 }

test('three pairs against the service: figures above 0, and nothing lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'takeback-test-bench-'))
  const server = await startServer(folder)
  try {
    const pairs = await makePairs([server.url], 3)
    const rate = await measureRate(pairs, short, server.cpu)
    assert.ok(rate.perSecond > 0)
    const offer = { rate: 50, seconds: 1, cpu: server.cpu }
    const latency = await measureLatency(await atHead(pairs), offer)
    assert.ok(latency.p99 > 0)
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
})

describe('a load process', () => {
  const measureOver = async (mischief: Mischief) => {
    const relay = await startFaultyRelay(mischief)
    const address = (name: string, to: string): RelayAddress => ({
      protocol: 'relay',
      port: relay.port,
      name,
      to,
    })
    try {
      return await measureRate([[address('a', 'b'), address('b', 'a')]], short, () => 0)
    } finally {
      relay.stop()
    }
  }

  test('counts what a good relay carries', async () => {
    const { perSecond } = await measureOver('none')
    assert.ok(perSecond > 0)
  })

  for (const mischief of ['drop', 'double', 'change', 'close'] as const)
    test(`fails over a relay with one mischief: ${mischief}`, async () => {
      await assert.rejects(measureOver(mischief), Fault)
    })

  test('fails if one reply never comes', async () => {
    await assert.rejects(measureOver('keep the reply'), Fault)
  })
})
