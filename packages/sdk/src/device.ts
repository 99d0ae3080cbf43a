import type { Profile } from '@takeback/protocol/endpoints/accounts.ts'
import type { EventPage } from '@takeback/protocol/events.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import { fromProblem, Refusal, toProblem } from '@takeback/protocol/refusals.ts'
import { createChanges, senderOf } from './changes.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import type { Commands } from './commands.ts'
import type { LiveState } from './live.ts'
import type { LocalCopy } from './local-copy.ts'
import { createLogFollower } from './log-follower.ts'
import { createOutbox } from './outbox.ts'
import type { Random } from './random.ts'
import { createReadMarks } from './read-marks.ts'
import { createReplicaStore } from './replica-store.ts'
import { createSessionClient } from './session-client.ts'
import type { Batch, Storage } from './storage.ts'
import { createLine, type Line, type LogFrame, type SocketLike } from './transport.ts'
import type { Change } from './types.ts'
import { createTyping } from './typing.ts'

/** How long a call waits for the first snapshot, ms. */
const LOAD_PATIENCE = 10_000
/** The lease is looked at this often while running, ms. */
const LEASE_CHECK = 3_600_000

export interface DeviceOptions {
  socketUrl: string
  token?: string
  name?: string
  client: Client
  storage: Storage
  copy: LocalCopy
  connect(url: string): SocketLike
  clock: Clock
  random: Random
  /** How long the local copy may be kept without hearing from the service, ms (S8). */
  lease: number
  live(): LiveState
  setLive(changed: Partial<LiveState>): void
  applied(change: Change, batch: Batch | null): void
}

export interface Device {
  readonly commands: Commands
  /** Loads the local copy, unless its lease has run out (S8), and opens the line. */
  start(): Promise<void>
  /** Resolves once nothing is being written any more; not to be started again. */
  stop(): Promise<void>
}

/** The one tab that holds the line and writes the local copy; every other asks it. */
export function createDevice(options: DeviceOptions): Device {
  const { copy, storage, clock, random, setLive } = options
  const store = createReplicaStore({
    storage,
    copy,
    applied(change, batch) {
      options.applied(change, batch)
      if (batch === null) follower.reloaded()
    },
  })
  const client = createSessionClient(options.client, clock, (reason) => void signedOut(reason))
  const line: Line = createLine({
    url: options.socketUrl,
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.name === undefined ? {} : { name: options.name }),
    connect: (url) => options.connect(url),
    clock,
    random,
    cursor: () => copy.meta.cursor,
    connection(connection) {
      setLive({ connection })
      if (connection.state !== 'online') typing.endAll()
    },
    welcome(welcome, resumed) {
      follower.welcome(welcome, resumed)
      outbox.online()
      readMarks.pump()
    },
    frame: receive,
    signedOut: (reason) => void signedOut(reason),
  })
  const isOnline = () => line.isOpen()
  const loadWaiters = new Set<() => void>()
  const follower = createLogFollower({
    line,
    client,
    store,
    clock,
    random,
    applied: pageApplied,
    loaded() {
      for (const resolve of loadWaiters) resolve()
      readMarks.pump()
    },
  })
  const outbox = createOutbox({
    store,
    clock,
    random,
    isOnline,
    send: (data) => line.send(data),
    sending: (sending) => setLive({ sending }),
  })
  const readMarks = createReadMarks({ store, client, clock, random, isOnline })
  const typing = createTyping(clock, (people) => setLive({ typing: people }))
  const changes = createChanges({ store, client, clock, whenLoaded })
  let cancelLeaseCheck = () => {}
  let ended = false

  function receive(frame: LogFrame) {
    switch (frame.type) {
      case 'events':
        follower.events(frame.data)
        return
      case 'reset':
        void follower.reset()
        return
      case 'heartbeat':
        follower.heartbeat(frame.data.head)
        return
      case 'typing':
        typing.shown(frame.data.conversation_id, frame.data.account_id)
        return
      default:
      // A frame of a newer service.
    }
  }

  function pageApplied(page: EventPage) {
    if (page.accounts.length > 0) {
      const relations = new Map<AccountId, Profile>(options.live().relations)
      for (const profile of page.accounts) relations.set(profile.id, profile)
      setLive({ relations })
    }
    for (const event of page.events) {
      if (event.kind !== 'message.new') continue
      const sender = senderOf(store, event.message_id)
      if (sender !== null) typing.ended(event.conversation_id, sender)
    }
  }

  function whenLoaded(): Promise<void> {
    if (copy.meta.cursor !== null) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const cancel = clock.after(LOAD_PATIENCE, () => {
        loadWaiters.delete(done)
        reject(new Refusal('network_unreachable'))
      })
      const done = () => {
        loadWaiters.delete(done)
        cancel()
        resolve()
      }
      loadWaiters.add(done)
    })
  }

  const leaseIsOver = () =>
    copy.meta.contact_at > 0 && clock.now() - copy.meta.contact_at > options.lease

  /** Offline too: what may have been taken back meanwhile must not stay readable here (S8, U4). */
  async function checkLease(): Promise<void> {
    cancelLeaseCheck()
    cancelLeaseCheck = clock.after(LEASE_CHECK, () => void checkLease().catch(() => undefined))
    if (leaseIsOver()) await store.mutate((patch) => patch.wipe('all'))
  }

  /** Nothing of this session stays on the device. */
  async function signedOut(reason: Refusal): Promise<void> {
    if (ended) return
    ended = true
    halt()
    setLive({ connection: { state: 'signed_out', reason: toProblem(reason) } })
    await store.mutate((patch) => patch.wipe('all')).catch(() => undefined)
    await store.seal()
  }

  function halt() {
    cancelLeaseCheck()
    line.close()
    follower.stop()
    outbox.stop()
    readMarks.stop()
    typing.endAll()
  }

  async function signOut(): Promise<void> {
    const { device_id } = copy.meta
    await signedOut(new Refusal('not_signed_in', { detail: 'You signed out.' }))
    // Best effort: offline, the session stays on the list of devices until it is revoked there.
    await revoke(device_id).catch(() => undefined)
  }

  async function revoke(known: typeof copy.meta.device_id): Promise<void> {
    const id =
      known ?? (await client.call('sessions.list', {})).items.find((device) => device.current)?.id
    if (id !== undefined) await client.call('sessions.revoke', { device_id: id })
  }

  return {
    commands: {
      ...changes,
      send: (client_id, id, text) => outbox.enqueue(client_id, id, text),
      retry: (id) => outbox.retry(id),
      cancel: (id) => outbox.cancel(id),
      setDraft: (id, text) =>
        store.mutate((patch) => {
          if (text === '') patch.delete('drafts', id)
          else patch.put('drafts', { conversation_id: id, text })
        }),
      markRead: (id, seq) => readMarks.mark(id, seq),
      notifyTyping(id) {
        if (line.isOpen() && typing.due(id))
          line.post({ type: 'typing', data: { conversation_id: id } })
        return Promise.resolve()
      },
      async wake() {
        line.nudge()
        // Timers slept with the device: the lease may have run out unseen.
        await checkLease()
      },
      networkGone() {
        line.drop()
        return Promise.resolve()
      },
      signOut,
      sessionEnded: (reason) => signedOut(fromProblem(reason)),
    },
    async start() {
      setLive({ connection: { state: 'connecting' }, sending: new Map(), typing: new Map() })
      options.applied(copy.replace(await storage.load()), null)
      await checkLease()
      line.open()
    },
    async stop() {
      halt()
      await store.seal()
    },
  }
}
