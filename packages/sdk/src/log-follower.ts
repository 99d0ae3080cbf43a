import type { Cursor, EventPage } from '@takeback/protocol/events.ts'
import type { Welcome } from '@takeback/protocol/frames.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { createAcks } from './acks.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'
import { applyPage, applySnapshot } from './replica.ts'
import type { ReplicaStore } from './replica-store.ts'
import type { Line } from './transport.ts'

/** The service says there is more and nothing comes for this long: a poke was lost (B1), ms. */
const POKE_PATIENCE = 3_000
/** The time of last contact is written down at least this often, ms (S8). */
const CONTACT_SPACING = 3_600_000

export interface LogFollowerOptions {
  line: Pick<Line, 'post' | 'drop'>
  client: Client
  store: ReplicaStore
  clock: Clock
  random: Random
  /** A page has been applied; for what is not stored of it. */
  applied(page: EventPage): void
  /** The first snapshot, or the one after a reset, is there. */
  loaded(): void
}

/** Follows this person's log: snapshot, pages, gaps, resets, acks (S3–S7, S10, S11). */
export function createLogFollower(options: LogFollowerOptions) {
  const { line, client, store, clock, random } = options
  const acks = createAcks(clock, random, (cursor) => line.post({ type: 'ack', data: cursor }))
  let pages: EventPage[] = []
  let applying = false
  let taking = false
  /** Where a gap was last seen on this socket, and the log asked for again. */
  let gapAt: number | null = null
  let cancelPatience: (() => void) | null = null

  const cursor = () => store.copy.meta.cursor

  function resume() {
    const from = cursor()
    if (from !== null) line.post({ type: 'resume', data: from })
  }

  /** The socket stands already, so nothing falls between the snapshot and what follows it (S11). */
  async function takeSnapshot(): Promise<void> {
    if (taking) return
    taking = true
    try {
      const answer = await client.call('sync.read', {})
      if (answer.type !== 'snapshot') throw new Refusal('internal')
      pages = []
      await store.mutate((patch) => applySnapshot(patch, answer, clock.now()))
      resume()
      ackCursor()
      options.loaded()
    } catch {
      // Without its snapshot the line is of no use: come back with it, after a delay.
      line.drop()
    } finally {
      taking = false
    }
  }

  function ackCursor() {
    const at = cursor()
    if (at !== null && at.seq > 0) acks.note(at)
  }

  /** Pages that come while others are being written are written together. */
  async function applyWaiting(): Promise<void> {
    if (applying) return
    applying = true
    try {
      while (pages.length > 0) {
        const waiting = pages
        pages = []
        await applyPages(waiting)
      }
    } catch {
      // Not stored, so neither shown nor acknowledged: the log is asked for it again (S10).
      pages = []
      line.drop()
    } finally {
      applying = false
    }
  }

  async function applyPages(waiting: readonly EventPage[]): Promise<void> {
    const outcomes = await store.mutate((patch) =>
      waiting.map((page) => ({ page, outcome: applyPage(patch, page, clock.now()) })),
    )
    const applied = outcomes.filter(({ outcome }) => outcome === 'applied')
    if (applied.length > 0) ackCursor()
    for (const { page } of applied) options.applied(page)
    const gap = outcomes.some(({ outcome }) => outcome === 'gap')
    // Frames that were under way when a gap was seen do not connect either: one question is enough.
    if (!gap || gapAt === store.copy.meta.cursor?.seq) return
    gapAt = store.copy.meta.cursor?.seq ?? null
    resume()
  }

  function watch(head: number) {
    const before = cursor()
    if (before === null || head <= before.seq || cancelPatience !== null) return
    cancelPatience = clock.after(POKE_PATIENCE, () => {
      cancelPatience = null
      const now = cursor()
      if (now !== null && now.epoch === before.epoch && now.seq === before.seq) resume()
    })
  }

  function heardNow(welcome: Welcome | null) {
    const { contact_at, device_id } = store.copy.meta
    const now = clock.now()
    const changed = welcome !== null && welcome.device_id !== device_id
    if (!changed && now - contact_at < CONTACT_SPACING) return
    const device = welcome === null ? device_id : welcome.device_id
    void store
      .mutate((patch) => patch.setMeta({ contact_at: now, device_id: device }))
      .catch(() => undefined)
  }

  return {
    welcome(welcome: Welcome, resumed: Cursor | null): void {
      gapAt = null
      heardNow(welcome)
      const at = cursor()
      if (at === null) void takeSnapshot()
      else {
        // A snapshot came while this socket was being opened without a cursor.
        if (resumed === null) resume()
        if (at.epoch === welcome.epoch) ackCursor()
        watch(welcome.head)
      }
    },
    events(page: EventPage): void {
      pages.push(page)
      void applyWaiting()
    },
    async reset(): Promise<void> {
      pages = []
      acks.stop()
      try {
        await store.mutate((patch) => {
          const { me, device_id } = patch.meta
          patch.wipe('replica')
          patch.setMeta({ me, device_id, contact_at: clock.now() })
        })
        await takeSnapshot()
      } catch {
        line.drop()
      }
    },
    heartbeat(head: number): void {
      heardNow(null)
      watch(head)
    },
    /** The stored copy turned out to be another than thought; it may be empty. */
    reloaded(): void {
      if (cursor() === null) line.drop()
    },
    stop(): void {
      acks.stop()
      cancelPatience?.()
      cancelPatience = null
      pages = []
    },
  }
}
