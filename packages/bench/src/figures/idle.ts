import { setTimeout as pause } from 'node:timers/promises'
import assert from 'node:assert/strict'
import type { ClientId } from '@takeback/protocol/ids.ts'
import { call } from '../clients/http.ts'
import type { IdleQuestions } from '../clients/idle-client.ts'
import { startClient, type ClientProcess } from '../clients/questions.ts'
import { dataFolder } from '../data/data-set.ts'
import { tokenOf } from '../data/names.ts'
import { planOf } from '../data/plan.ts'
import { scales } from '../data/scale.ts'
import type { Figure, Measurement, Run } from '../figure.ts'
import { startServer, type Server } from '../load/server.ts'
import { percentile } from '../percentile.ts'

const SOCKETS = 18_000
const MOST_KB = 12
/** Each holds half of the sockets, and from an address of its own: the ports of one might not do. */
const CLIENTS = 2
/** Connected and closed before anything is measured: code is compiled, buffers have grown. */
const WARM_UP = 500
/** Longer than two heartbeats; within it each socket must have heard one. */
const SETTLE_WITHIN = 60_000

type Idle = ClientProcess<IdleQuestions>

/**
 * F4: what a signed-in socket costs the server on which nothing happens: resident memory, by how
 * much it has grown once all are connected and have been beaten for, over their number.
 */
export const idle: Measurement = async (run: Run): Promise<Figure[]> => {
  const server = await startServer(await dataFolder(run, 'crowd'))
  const clients = Array.from({ length: CLIENTS }, () =>
    startClient<IdleQuestions>(new URL('../clients/idle-client.ts', import.meta.url)),
  )
  try {
    await connectAll(clients, server, WARM_UP)
    await Promise.all(clients.map((client) => client.ask('close', undefined)))
    const before = await restingMemory(server)

    await connectAll(clients, server, SOCKETS)
    run.say(`${SOCKETS.toLocaleString('en')} sockets are signed in`)
    await heartbeats(clients)
    const after = await restingMemory(server)
    await messageReachesOne(clients, server)
    await heartbeats(clients)

    const each = (after - before) / SOCKETS / 1024
    const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`
    return [
      {
        id: 'F4',
        name: 'memory of the server per idle signed-in socket',
        value: each,
        unit: 'KB',
        limit: null,
        peers: [],
        target: `≤ ${MOST_KB} KB; ${SOCKETS.toLocaleString('en')} sockets on one process`,
        ok: each <= MOST_KB,
        note: `${SOCKETS.toLocaleString('en')} sockets; resident ${mib(before)} before, ${mib(after)} after`,
      },
    ]
  } finally {
    for (const client of clients) await client.stop()
    await server.stop()
  }
}

async function connectAll(clients: readonly Idle[], server: Server, sockets: number) {
  const count = sockets / clients.length
  await Promise.all(
    clients.map((client, index) =>
      client.ask('connect', {
        url: `${server.url.replace('http', 'ws')}/v1/socket`,
        first: index * count,
        count,
        // Elsewhere than on Linux, localhost has one address only.
        ...(process.platform === 'linux' ? { localAddress: `127.0.0.${index + 2}` } : {}),
      }),
    ),
  )
}

/** Each socket of all hears one more heartbeat. */
async function heartbeats(clients: readonly Idle[]): Promise<void> {
  const count = async () =>
    Math.min(...(await Promise.all(clients.map((client) => client.ask('heartbeats', undefined)))))
  const before = await count()
  for (const until = performance.now() + SETTLE_WITHIN; (await count()) <= before; ) {
    if (performance.now() > until) throw new Error('A socket heard no heartbeat.')
    await pause(500)
  }
}

/** What it comes down to, looked at for five seconds. */
async function restingMemory(server: Server): Promise<number> {
  const seen: number[] = []
  for (let look = 0; look < 10; look++) {
    await pause(500)
    seen.push(server.memory())
  }
  return percentile(seen, 0.5)
}

/**
 * Idle sockets are not asleep: what somebody writes comes to the other person and to the writer's
 * own device, and to nobody else.
 */
async function messageReachesOne(clients: readonly Idle[], server: Server): Promise<void> {
  const plan = planOf(scales.crowd)
  const conversation = Array.from({ length: scales.crowd.conversations }, (_, index) => index).find(
    (index) => plan.members(index).every((account) => account < SOCKETS),
  )
  assert.ok(conversation !== undefined)
  const members = plan.members(conversation)
  const text = 'Are you there?'
  await call(server.url, tokenOf(members[0]), 'messages.send', {
    conversation_id: plan.id(conversation),
    client_id: 'bench-idle' as ClientId,
    text,
  })
  const heard = async () =>
    new Map(
      (await Promise.all(clients.map((client) => client.ask('heard', undefined)))).flatMap(
        (one) => [...one],
      ),
    )
  for (const until = performance.now() + 5000; (await heard()).size < members.length; ) {
    if (performance.now() > until) throw new Error('A message did not reach an idle socket.')
    await pause(20)
  }
  // Long enough for what should not come to come as well.
  await pause(1000)
  assert.deepEqual(await heard(), new Map(members.map((member) => [member, [text]])))
}
