import type { Cursor } from '@takeback/protocol/events.ts'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

/** At most one ack in this time, ms; the last one always goes out. */
const SPACING = 250
/**
 * Up to this much longer, ms. An ack becomes events on other devices, which ack those: without chance
 * all devices of busy conversations fall in step, and their acks come to the service in waves.
 */
const SPREAD = 100

/**
 * Acks, coalesced: the first at once, so that a single message is marked delivered without delay,
 * then at most one every 250 to 350 ms. To be told only of what is durable (S10).
 */
export function createAcks(clock: Clock, random: Random, post: (cursor: Cursor) => void) {
  let pending: Cursor | null = null
  let cancel: (() => void) | null = null

  function flush() {
    cancel = null
    if (pending === null) return
    post(pending)
    pending = null
    cancel = clock.after(SPACING + Math.round(random() * SPREAD), flush)
  }

  return {
    note(cursor: Cursor): void {
      pending = cursor
      if (cancel === null) flush()
    },
    stop(): void {
      cancel?.()
      cancel = null
      pending = null
    },
  }
}
