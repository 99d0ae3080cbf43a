import type { DownFrame } from '@takeback/protocol/frames.ts'
import { closeCodes } from '@takeback/protocol/frames.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import type { WebSocket } from 'ws'
import type { Core } from '../core/types.ts'

/** A page is read only while less than this waits in the socket, bytes. */
const PAUSE_ABOVE = 96 * 1024
/** A reader that takes nothing for this long is cut, ms. */
const PATIENCE = 15_000
/** How often a full socket is looked at, ms. */
const LOOK_AGAIN = 50

export interface PumpDeps {
  core: Pick<Core, 'page'>
  socket: WebSocket
  account: AccountId
  /** What to do with an error of the core. */
  onError: (error: unknown) => void
}

/**
 * Carries one person's log to one socket: pages past what was sent, in order, as fast as the reader
 * takes them. It keeps no queue: what the reader has not taken stays in the log, so a slow one costs
 * at most a bounded buffer, is cut with a code, and resumes from its cursor without loss (S2).
 */
export function createPump({ core, socket, account, onError }: PumpDeps) {
  let cursor: { epoch: string; seq: number } | null = null
  let wanted = false
  let running = false
  let stopped = false

  async function run(): Promise<void> {
    running = true
    try {
      while (wanted && !stopped && cursor !== null) {
        if (!(await drained())) return
        wanted = false
        const from: { epoch: string; seq: number } = cursor
        const page = await core.page(account, from.epoch, from.seq)
        // A resume may have moved the cursor meanwhile: this page is then of the past.
        if (cursor !== from) continue
        if (stopped) return
        if (page.type === 'reset') {
          cursor = null
          write({ type: 'reset', data: page })
          return
        }
        cursor = { epoch: from.epoch, seq: page.through }
        if (page.through < page.head) wanted = true
        if (page.through > page.after) write({ type: 'events', data: page })
      }
    } catch (error) {
      onError(error)
    } finally {
      running = false
    }
  }

  const write = (frame: DownFrame): void => socket.send(JSON.stringify(frame))

  async function drained(): Promise<boolean> {
    let left = socket.bufferedAmount
    let since = performance.now()
    while (!stopped && socket.bufferedAmount > PAUSE_ABOVE) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN))
      if (socket.bufferedAmount < left) {
        left = socket.bufferedAmount
        since = performance.now()
      } else if (performance.now() - since > PATIENCE) {
        socket.close(closeCodes.slow_reader.code, 'slow_reader')
        // The closing handshake waits behind the same full buffer: do not wait for it.
        setTimeout(() => socket.terminate(), 1000).unref()
        stopped = true
      }
    }
    return !stopped
  }

  const wake = (): void => {
    wanted = true
    if (!running) void run()
  }

  return {
    /** Follow the log from here on. One read always happens: it finds out whether the cursor is good. */
    resume(from: { epoch: string; seq: number }): void {
      cursor = { ...from }
      wake()
    },
    /** The log has grown to `seq`. */
    poke(seq: number): void {
      if (cursor !== null && seq > cursor.seq) wake()
    },
    stop(): void {
      stopped = true
    },
  }
}

export type Pump = ReturnType<typeof createPump>
