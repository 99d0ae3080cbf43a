// runs alone: three nodes, PostgreSQL and NATS want both processors
/** A1, A2, O1, O2, B1, S1 on three nodes, under K, Q, B and R: an outside journal says what must be there. */
import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import { closeCodes } from '@takeback/protocol/close-codes.ts'
import { at, connect, history, newMemory } from '../faults/device.ts'
import { anySending, assertKept, createJournal, makePairs, type Pair } from '../faults/load.ts'
import { seededRandom, type Random } from '../faults/seed.ts'
import { befriend, signIn, signUp } from '../world.ts'
import {
  clusterMissing,
  startCluster,
  startCuttingProxy,
  travel,
  type Cluster,
  type Journey,
} from './cluster.ts'

const options = { skip: clusterMissing ?? false, timeout: 300_000 }
const PAIRS = 4
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

let names = 0
const newName = (prefix: string): string => `${prefix}.${++names}`

/** Everybody travels while `disturb` does its worst; then everything acknowledged must be there, once. */
async function underLoad(
  t: TestContext,
  cluster: Cluster,
  random: Random,
  disturb: (journal: ReturnType<typeof createJournal>) => Promise<void>,
): Promise<void> {
  const [first] = cluster.nodes
  const pairs = await makePairs(first.url, PAIRS, newName)
  const journal = createJournal()
  const journeys: Journey[] = pairs.flatMap(({ conversation, memories }) =>
    memories.map((memory) => travel(cluster.urls, memory, conversation, journal, random)),
  )
  await disturb(journal)
  await Promise.all(journeys.map((journey) => journey.arrive()))
  t.diagnostic(`${journal.stored().length} acknowledged, ${journal.pending().length} never`)
  assert.equal(journal.pending().length, 0)
  const ours = new Set<string>(pairs.map(({ conversation }) => conversation))
  assertKept(
    journal,
    (await cluster.stored()).filter((row) => ours.has(row.conversation_id)),
  )
  await assertAllEqual(cluster, pairs)
}

/** O1: every device, and history on every node, show the same. */
async function assertAllEqual(cluster: Cluster, pairs: readonly Pair[]): Promise<void> {
  for (const { conversation, memories } of pairs)
    for (const memory of memories) {
      const fresh = await Promise.all(
        cluster.urls.map((url) => history(at(url, memory.person), conversation)),
      )
      const device = await connect(cluster.urls[1] ?? '', memory)
      const snapshot = await memory.person.client.call('sync.read', {})
      assert.equal(snapshot.type, 'snapshot')
      await device.reached(snapshot.seq)
      device.cut()
      const held = [...memory.messages.values()].toSorted((a, b) => a.seq - b.seq)
      for (const one of fresh) assert.deepEqual(held, one)
    }
}

// Two clusters side by side: most of the time here is waiting.
describe('clusters', { concurrency: true }, () => {
  describe('three nodes', { concurrency: 1 }, () => {
    let cluster: Cluster
    before(async () => {
      if (clusterMissing !== null) return
      cluster = await startCluster()
    })
    after(async () => {
      if (clusterMissing === null) await cluster.stop()
    })

    test(
      'a node is killed twenty times: nothing is lost, nothing twice (A1, A2, O1, O2)',
      options,
      async (t) => {
        const random = seededRandom(t)
        await underLoad(t, cluster, random, async (journal) => {
          for (let kill = 0; kill < 20; kill++) {
            await journal.more(random.between(20, 150))
            await random.pick(cluster.nodes).kill()
          }
        })
      },
    )

    test(
      'PostgreSQL is killed twenty times: nothing is lost, nothing twice (A1, A2, A3, O1)',
      options,
      async (t) => {
        const random = seededRandom(t)
        await underLoad(t, cluster, random, async (journal) => {
          for (let kill = 0; kill < 20; kill++) {
            await journal.more(random.between(20, 150))
            await cluster.database.kill()
            await pause(random.between(0, 300))
            await cluster.database.start()
          }
        })
      },
    )

    test(
      'the bus goes and comes in the middle of it: nothing is lost, nothing twice (B1)',
      options,
      async (t) => {
        const random = seededRandom(t)
        await underLoad(t, cluster, random, async (journal) => {
          for (let cut = 0; cut < 10; cut++) {
            await journal.more(random.between(20, 150))
            await cluster.nats.stop()
            await journal.more(random.between(20, 150))
            await cluster.nats.start()
          }
        })
      },
    )

    test(
      'every node is restarted in turn: it says 1012, ends in order, and nothing is lost or twice',
      options,
      async (t) => {
        const random = seededRandom(t)
        await underLoad(t, cluster, random, async (journal) => {
          for (const node of cluster.nodes) {
            await journal.more(100)
            const watcher = await connect(
              node.url,
              await newMemory(await signUp(node.url, newName('w'))),
            )
            assert.equal(await node.process().stop('SIGTERM'), 0)
            assert.equal(await watcher.closed, closeCodes.restarting.code)
            await node.start()
          }
        })
      },
    )

    test(
      'a minute without the bus: each message arrives on the other node within five seconds (B1)',
      options,
      async (t) => {
        const [one, two] = cluster.nodes
        const [a, b] = [await signUp(one.url, newName('a')), await signUp(two.url, newName('b'))]
        const conversation = await befriend(a, b)
        const sender = await connect(one.url, await newMemory(a))
        const reader = await connect(two.url, await newMemory(b))
        await cluster.nats.stop()
        const random = seededRandom(t)
        let slowest = 0
        const until = performance.now() + 60_000
        for (let count = 1; performance.now() < until; count++) {
          const sent = performance.now()
          await sender.send(anySending(random, conversation))
          while (reader.memory.messages.size < count) await pause(10)
          slowest = Math.max(slowest, performance.now() - sent)
        }
        await cluster.nats.start()
        t.diagnostic(
          `${reader.memory.messages.size} messages, the slowest after ${Math.round(slowest)} ms`,
        )
        assert.ok(slowest <= 5000, `${slowest} ms`)
        for (const device of [sender, reader]) device.cut()
      },
    )

    for (const bus of ['with', 'without'] as const)
      test(
        `a device that is signed out on one node is cut off on another within a second, ${bus} the bus (S1)`,
        options,
        async (t) => {
          const [one, two] = cluster.nodes
          if (bus === 'without') await cluster.nats.stop()
          const name = newName('s')
          const owner = await signUp(one.url, name)
          for (let round = 0; round < 5; round++) {
            const other = await signIn(two.url, name)
            const socket = await connect(two.url, await newMemory(other))
            const started = performance.now()
            await owner.client.call('sessions.revoke', { device_id: other.device_id })
            assert.equal(await socket.closed, closeCodes.session_revoked.code)
            const took = performance.now() - started
            t.diagnostic(`after ${Math.round(took)} ms`)
            assert.ok(took <= 1000, `${took} ms`)
          }
          if (bus === 'without') await cluster.nats.start()
        },
      )
  })

  describe('the answer to COMMIT is cut off', { concurrency: 1 }, () => {
    test(
      'two hundred times, with retries over other nodes: nothing is lost, nothing twice (A1, A2, A3)',
      options,
      async (t) => {
        const random = seededRandom(t)
        let proxy: Awaited<ReturnType<typeof startCuttingProxy>> | null = null
        const cluster = await startCluster({
          through: async (url) => {
            proxy = await startCuttingProxy(url)
            return proxy.url
          },
        })
        try {
          const cutting: Awaited<ReturnType<typeof startCuttingProxy>> = proxy ?? assert.fail()
          await underLoad(t, cluster, random, async () => {
            while (cutting.cuts() < 200) {
              const before_ = cutting.cuts()
              cutting.arm()
              while (cutting.cuts() === before_) await pause(2)
            }
          })
          t.diagnostic(`${cutting.cuts()} answers cut off`)
          cutting.close()
        } finally {
          await cluster.stop()
        }
      },
    )
  })
})
