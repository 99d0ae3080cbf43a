/** The bus between nodes: only hints, only ids, and nothing depends on it (B1). */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import type { AccountId, ConversationId, DeviceId } from '@takeback/protocol/ids.ts'
import type { Bus, Hint, SharedDraws } from '../../src/bus/bus.ts'
import { createElsewhere } from '../../src/bus/elsewhere.ts'
import { createFrames } from '../../src/bus/frame.ts'
import { createLocalBus } from '../../src/bus/local.ts'
import { createNatsBus } from '../../src/bus/nats.ts'
import { createIds } from '../../src/ids.ts'
import { createTestClock } from '../world.ts'
import { natsMissing, startNats, type TestNats } from '../../../../scripts/nats.ts'

const ids = createIds(() => Date.now())
const anAccount = () => ids.next<AccountId>()
const KEY = ids.secret()

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Every text that a value holds. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** A node's end of the bus, with what it heard. */
function listening<B extends Bus>(bus: B): B & { heard: Hint[] } {
  const heard: Hint[] = []
  bus.onHint((hint) => void heard.push(hint))
  return Object.assign(bus, { heard })
}

test('a node that is alone hears its own hints at once, and knows who is connected', async () => {
  const bus = listening(createLocalBus())
  const account = anAccount()
  bus.publish({ type: 'poke', account_id: account, seq: 1 })
  assert.deepEqual(bus.heard, [{ type: 'poke', account_id: account, seq: 1 }])
  assert.equal(bus.isConnected(account), false)
  bus.attach(account)
  bus.attach(account)
  bus.detach(account)
  assert.equal(bus.isConnected(account), true)
  bus.detach(account)
  assert.equal(bus.isConnected(account), false)
  await bus.close()
})

describe('over NATS', { skip: natsMissing ?? false }, () => {
  let nats: TestNats
  let outsider: NatsConnection
  const open: Bus[] = []
  before(async () => {
    nats = await startNats()
    outsider = await connect({ servers: `127.0.0.1:${nats.port}`, maxReconnectAttempts: -1 })
  })
  after(async () => {
    await Promise.all(open.map((bus) => bus.close()))
    await outsider.close()
    await nats.stop()
  })

  const node = (key = KEY, url = nats.url): Bus & SharedDraws & { heard: Hint[] } => {
    const bus = listening(createNatsBus({ url, key, clock: Date.now }))
    open.push(bus)
    return bus
  }

  /** Nodes that have heard of each other. */
  const joined = async (count: number) => {
    const buses = Array.from({ length: count }, () => node())
    const marks = buses.map((bus) => {
      const mark = anAccount()
      bus.attach(mark)
      return mark
    })
    await until(() => buses.every((bus) => marks.every((mark) => bus.isConnected(mark))))
    return buses
  }

  const poke = (account_id: AccountId, seq: number): Hint => ({ type: 'poke', account_id, seq })

  test('a poke reaches the nodes where the account has a socket, and no others', async () => {
    const [one, two, three] = await joined(3)
    assert.ok(one && two && three)
    const account = anAccount()
    two.attach(account)
    await until(() => one.isConnected(account))
    one.publish(poke(account, 7))
    await until(() => two.heard.length > 0)
    assert.deepEqual(
      [one.heard, two.heard, three.heard],
      [[poke(account, 7)], [poke(account, 7)], []],
    )
  })

  test('pokes of one turn are one: the highest', async () => {
    const [one, two] = await joined(2)
    assert.ok(one && two)
    const account = anAccount()
    two.attach(account)
    await until(() => one.isConnected(account))
    for (const seq of [3, 5, 4]) one.publish(poke(account, seq))
    await until(() => two.heard.length > 0)
    assert.deepEqual(two.heard, [poke(account, 5)])
  })

  test('a device that was signed out is known to all nodes at once (S1)', async () => {
    const buses = await joined(3)
    const hint: Hint = { type: 'revoked', device_id: ids.next<DeviceId>() }
    buses[0]?.publish(hint)
    await until(() => buses.every((bus) => bus.heard.length > 0))
    for (const bus of buses) assert.deepEqual(bus.heard, [hint])
  })

  test('typing reaches the other person’s nodes', async () => {
    const [one, two] = await joined(2)
    assert.ok(one && two)
    const account = anAccount()
    two.attach(account)
    await until(() => one.isConnected(account))
    const hint: Hint = {
      type: 'typing',
      account_id: account,
      conversation_id: ids.next<ConversationId>(),
      by: anAccount(),
    }
    one.publish(hint)
    await until(() => two.heard.length > 0)
    assert.deepEqual(two.heard, [hint])
  })

  test('who is connected is known on all nodes, and to one that comes later', async () => {
    const [one, two] = await joined(2)
    assert.ok(one && two)
    const account = anAccount()
    one.attach(account)
    await until(() => two.isConnected(account))
    const late = node()
    await until(() => late.isConnected(account))
    one.detach(account)
    one.attach(account)
    one.detach(account)
    await until(() => !two.isConnected(account) && !late.isConnected(account))
  })

  test('a node that closes takes its people along', async () => {
    const [one, two] = await joined(2)
    assert.ok(one && two)
    const account = anAccount()
    one.attach(account)
    await until(() => two.isConnected(account))
    await one.close()
    await until(() => !two.isConnected(account))
  })

  test('frames hold ids and numbers, and are signed (B1)', async () => {
    const frames: string[] = []
    const watching = outsider.subscribe('>', {
      callback: (_, message) => void frames.push(`${message.subject} ${message.string()}`),
    })
    const [one, two] = await joined(2)
    assert.ok(one && two)
    const account = anAccount()
    two.attach(account)
    await until(() => one.isConnected(account))
    one.publish(poke(account, 1))
    one.publish({ type: 'revoked', device_id: ids.next<DeviceId>() })
    one.publish({
      type: 'typing',
      account_id: account,
      conversation_id: ids.next<ConversationId>(),
      by: anAccount(),
    })
    one.shareDraws([{ budget: 'sign_in', bucket: one.bucketName('10.0.0.1 mira'), count: 3 }])
    await until(() => frames.some((frame) => frame.includes('"draws"')))
    watching.unsubscribe()
    for (const frame of frames)
      for (const text of textsIn(JSON.parse(frame.slice(frame.indexOf('{')))))
        assert.match(text, /^[0-9A-Za-z_-]{1,64}$/, 'more than an id')
    assert.ok(!frames.some((frame) => /mira|10\.0\.0/.test(frame)))
    assert.ok(frames.some((frame) => frame.includes('"typing"')))
    assert.ok(!frames.some((frame) => frame.includes(KEY)))
  })

  test('forged, moved, repeated, old and broken frames change nothing (B1)', async () => {
    const [one, two] = await joined(2)
    assert.ok(one && two)
    const account = anAccount()
    const other = anAccount()
    two.attach(account)
    two.attach(other)
    await until(() => one.isConnected(account) && one.isConnected(other))
    const recorded: { subject: string; data: Uint8Array }[] = []
    const watching = outsider.subscribe('>', {
      callback: (_, { subject, data }) => {
        if (subject.endsWith(account)) recorded.push({ subject, data })
      },
    })
    await outsider.flush()
    one.publish(poke(account, 3))
    await until(() => two.heard.length === 1 && recorded.length === 1)
    watching.unsubscribe()
    const [frame] = recorded
    assert.ok(frame)
    const { subject, data } = frame
    const toOther = subject.replace(account, other)
    const everybody = subject.replace(/\.to\..*/, '.all')
    const forge = (key: string, clock: () => number) =>
      createFrames(key, 'attacker', clock).write(subject, { poke: 99 })
    for (const bytes of [data, data.subarray(1), data.subarray(0, -1), Buffer.from('')])
      for (const where of [subject, toOther, everybody]) outsider.publish(where, bytes)
    outsider.publish(subject, Buffer.from(data.toString()).fill(0x7b, 30, 31))
    outsider.publish(subject, forge(ids.secret(), Date.now))
    outsider.publish(
      subject,
      forge(KEY, () => Date.now() - 10 * 60_000),
    )
    outsider.publish(
      subject,
      forge(KEY, () => Date.now() + 10 * 60_000),
    )
    outsider.publish(subject, Buffer.alloc(700_000, 'x'))
    await outsider.flush()
    one.publish(poke(account, 4))
    await until(() => two.heard.some((hint) => hint.type === 'poke' && hint.seq === 4))
    assert.deepEqual(two.heard, [poke(account, 3), poke(account, 4)])
  })

  test('another installation on the same server hears nothing', async () => {
    const [one] = await joined(1)
    assert.ok(one)
    const stranger = node(ids.secret())
    const account = anAccount()
    stranger.attach(account)
    one.publish({ type: 'revoked', device_id: ids.next<DeviceId>() })
    const [again] = await joined(1)
    assert.ok(again)
    assert.deepEqual(stranger.heard, [])
    assert.equal(one.isConnected(account), false)
  })

  test('a server that is not there yet: the node runs, and joins once it is', async () => {
    const later = await startNats()
    await later.stop()
    const [one, two] = [node(KEY, later.url), node(KEY, later.url)]
    const account = anAccount()
    one.publish(poke(account, 1))
    assert.deepEqual(one.heard, [poke(account, 1)])
    two.attach(account)
    assert.equal(one.isConnected(account), false)
    await later.start()
    await until(() => one.isConnected(account))
    one.publish(poke(account, 2))
    await until(() => two.heard.length > 0)
    assert.deepEqual(two.heard, [poke(account, 2)])
    await later.stop()
  })

  test('a server that is killed: hints stay here, nothing is kept, and all is as before when it is back (B1)', async () => {
    const own = await startNats()
    const errors: Error[] = []
    const one = listening(
      createNatsBus({
        url: own.url,
        key: KEY,
        clock: Date.now,
        onError: (error) => void errors.push(error),
      }),
    )
    const two = node(KEY, own.url)
    open.push(one)
    const account = anAccount()
    two.attach(account)
    await until(() => one.isConnected(account))
    await own.stop()
    await until(() => errors.length > 0)
    for (let seq = 1; seq <= 1000; seq++) one.publish(poke(account, seq))
    assert.equal(one.heard.length, 1000)
    await own.start()
    const marker = anAccount()
    two.attach(marker)
    await until(() => one.isConnected(marker))
    assert.deepEqual(two.heard, [], 'stale hints were kept and came late')
    one.publish(poke(account, 1001))
    await until(() => two.heard.length > 0)
    assert.deepEqual(two.heard, [poke(account, 1001)])
    await own.stop()
  })

  test('closing ends also when the server is gone', async () => {
    const own = await startNats()
    const bus = node(KEY, own.url)
    const mark = anAccount()
    const witness = node(KEY, own.url)
    bus.attach(mark)
    await until(() => witness.isConnected(mark))
    await own.stop()
    await bus.close()
    await witness.close()
  })
})

test('what a node said holds for half a minute, unless it says it again', () => {
  const clock = createTestClock()
  const elsewhere = createElsewhere(clock)
  const [a, b] = [anAccount(), anAccount()]
  elsewhere.note('one', { connected: [a, b], first: true })
  clock.advance(20_000)
  elsewhere.note('one', { connected: [a], first: true })
  assert.deepEqual([elsewhere.has(a), elsewhere.has(b)], [true, false])
  clock.advance(31_000)
  assert.equal(elsewhere.has(a), false)
})
