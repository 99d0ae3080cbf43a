import type { Cursor } from '@takeback/protocol/events.ts'
import type { Clock } from './clock.ts'

/** At most one ack in this time, ms; the last one always goes out. */
const SPACING = 250

/**
 * Acks, coalesced: the first at once, so that a single message is marked delivered without delay,
 * then at most one every 250 ms. To be told only of what is durable (S10).
 */
export function createAcks(clock: Clock, post: (cursor: Cursor) => void) {
  let pending: Cursor | null = null
  let cancel: (() => void) | null = null

  function flush() {
    cancel = null
    if (pending === null) return
    post(pending)
    pending = null
    cancel = clock.after(SPACING, flush)
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
