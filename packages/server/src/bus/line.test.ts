/** The line to NATS: nobody waits for it, it keeps nothing, and it comes back by itself (B1). */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { connect } from '@nats-io/transport-node'
import { natsMissing, startNats, type TestNats } from '../../../../scripts/nats.ts'
import { keepLine, type Line } from './line.ts'

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** A network between a node and NATS that can be taken away without either of them being told. */
async function startNetwork(port: number) {
  const sockets = new Set<Socket>()
  let hanging = false
  let passed = 0
  const join = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
    from.on('data', () => passed++)
    from.pipe(to)
    if (hanging) from.pause()
  }
  const server = createServer((near) => {
    const far = connectTcp(port, '127.0.0.1')
    join(near, far)
    join(far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stopPassing = () => {
    for (const socket of sockets) socket.unpipe().pause()
  }
  return {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Nothing passes any more, and no connection ends. */
    hang() {
      hanging = true
      stopPassing()
    },
    /** New connections pass again; what hung before stays dead. */
    heal() {
      hanging = false
    },
    /** How often something passed, either way. */
    passed: () => passed,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

describe('the line to NATS', { skip: natsMissing ?? false }, () => {
  let nats: TestNats
  const closing: (() => unknown)[] = []
  beforeEach(async () => {
    nats = await startNats()
    closing.push(() => nats.stop())
  })
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })

  function open(url: string, probeEvery?: number): Line & { errors: Error[]; ups: () => number } {
    const errors: Error[] = []
    let ups = 0
    const line = keepLine({
      url,
      onUp: () => ups++,
      onError: (error) => void errors.push(error),
      ...(probeEvery === undefined ? {} : { probeEvery }),
    })
    closing.push(() => line.close())
    return Object.assign(line, { errors, ups: () => ups })
  }

  async function openNetwork() {
    const network = await startNetwork(nats.port)
    closing.push(() => network.close())
    return network
  }

  async function openOutsider() {
    const outsider = await connect({ servers: `127.0.0.1:${nats.port}`, reconnect: false })
    closing.push(() => outsider.close())
    return outsider
  }

  test('a server that hangs costs a bounded heap: what it does not take in is dropped', async () => {
    const network = await openNetwork()
    const line = open(network.url)
    await until(line.isUp)
    network.hang()
    const frame = 'x'.repeat(100_000)
    const before = process.memoryUsage().arrayBuffers
    for (let sent = 0; sent < 1000; sent++) {
      line.publish('subject', frame)
      await new Promise(setImmediate)
    }
    const kept = process.memoryUsage().arrayBuffers - before
    assert.ok(kept < 20_000_000, `${kept} bytes kept of 100,000,000`)
  })

  test('a server that takes in all it is given is given all', async () => {
    const line = open(nats.url)
    const outsider = await openOutsider()
    let heard = 0
    outsider.subscribe('subject', { callback: () => void heard++ })
    await outsider.flush()
    await until(line.isUp)
    const frame = 'x'.repeat(100_000)
    for (let sent = 1; sent <= 200; sent++) {
      line.publish('subject', frame)
      if (sent % 20 === 0) await until(() => heard === sent)
    }
    assert.equal(heard, 200)
  })

  test('a server that hangs is given up, told once, and left for one that answers', async () => {
    const network = await openNetwork()
    const line = open(network.url, 50)
    const heard: string[] = []
    line.want('subject', (bytes) => void heard.push(Buffer.from(bytes).toString()))
    await until(line.isUp)
    network.hang()
    await until(() => !line.isUp())
    line.publish('subject', 'while nothing is there')
    network.heal()
    await until(() => line.ups() === 2)
    assert.deepEqual(
      line.errors.map(({ message }) => message),
      ['The NATS server does not answer.'],
    )
    const outsider = await openOutsider()
    await until(() => {
      outsider.publish('subject', 'after')
      return heard.length > 0
    })
    assert.deepEqual(new Set(heard), new Set(['after']))
  })

  test('an idle line that answers is left alone', async () => {
    const network = await openNetwork()
    const line = open(network.url, 50)
    await until(line.isUp)
    const before = network.passed()
    await until(() => network.passed() >= before + 40)
    assert.equal(line.ups(), 1)
    assert.deepEqual(line.errors, [])
  })

  test('what is wanted and no longer wanted while it is down holds once it is up', async () => {
    const line = open(nats.url)
    const heard: string[] = []
    const want = (subject: string) => line.want(subject, () => void heard.push(subject))
    want('kept')
    want('left')
    await until(line.isUp)
    await nats.stop()
    await until(() => !line.isUp())
    line.unwant('left')
    want('came')
    want('came-and-went')
    line.unwant('came-and-went')
    await nats.start()
    await until(line.isUp)
    const outsider = await openOutsider()
    for (const subject of ['left', 'came-and-went', 'kept', 'came']) outsider.publish(subject, '')
    await until(() => heard.includes('came'))
    assert.deepEqual(heard, ['kept', 'came'])
  })

  test('a defect in who listens ends neither the line nor the process', async () => {
    const line = open(nats.url)
    line.want('subject', () => {
      throw new Error('a defect')
    })
    await until(line.isUp)
    const outsider = await openOutsider()
    await until(() => {
      outsider.publish('subject', '')
      return line.errors.length > 0
    })
    assert.equal(line.errors[0]?.message, 'a defect')
    assert.equal(line.isUp(), true)
  })

  test('closing takes a second at most, also while the server hangs', async () => {
    const network = await openNetwork()
    const line = open(network.url)
    await until(line.isUp)
    network.hang()
    line.publish('subject', 'x'.repeat(1_000_000))
    const began = performance.now()
    await line.close()
    assert.ok(performance.now() - began < 2000)
    assert.equal(line.isUp(), false)
  })

  test('closing as the server dies neither fails nor leaves a rejection unheard', async () => {
    const line = open(nats.url)
    await until(line.isUp)
    await Promise.all([nats.stop(), line.close()])
  })

  test('a server that never came keeps no process from ending', async () => {
    const code = `
      import { keepLine } from ${JSON.stringify(new URL('line.ts', import.meta.url).href)}
      const line = keepLine({ url: 'nats://127.0.0.1:1', onUp() {}, onError: () => line.close() })
    `
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: 'inherit',
    })
    closing.push(() => child.kill('SIGKILL'))
    assert.deepEqual(await once(child, 'exit'), [0, null])
  })

  test('an address that is none is told, and nothing else', async () => {
    const line = open('not an address')
    await until(() => line.errors.length > 0)
    assert.equal(line.isUp(), false)
    line.publish('subject', '')
  })
})
