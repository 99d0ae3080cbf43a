import type { AccountId } from '@takeback/protocol/ids.ts'
import type { Core } from '../core/types.ts'
import type { Downstream } from './downstream.ts'

export interface PumpDeps {
  core: Pick<Core, 'page'>
  down: Downstream
  account: AccountId
  /** What to do with an error of the core. */
  onError: (error: unknown) => void
}

/**
 * Carries one person's log to one socket: pages past what was sent, in order, as fast as the reader
 * takes them. It keeps no queue: what the reader has not taken stays in the log, so a slow one costs
 * at most a bounded buffer and resumes from its cursor without loss (S2).
 */
export function createPump({ core, down, account, onError }: PumpDeps) {
  let cursor: { epoch: string; seq: number } | null = null
  let wanted = false
  let running = false
  let stopped = false

  async function run(): Promise<void> {
    running = true
    try {
      while (wanted && !stopped && cursor !== null) {
        if (down.isFull()) await new Promise<void>(down.whenRoom)
        else await readPage(cursor)
      }
    } catch (error) {
      onError(error)
    } finally {
      running = false
    }
  }

  async function readPage(from: { epoch: string; seq: number }): Promise<void> {
    wanted = false
    const page = await core.page(account, from.epoch, from.seq)
    // A resume may have moved the cursor meanwhile: this page is then of the past.
    if (cursor !== from || stopped) return
    if (page.reset) {
      cursor = null
      down.sendText(page.frame)
      return
    }
    cursor = { epoch: from.epoch, seq: page.through }
    if (page.through < page.head) wanted = true
    if (page.through > from.seq) down.sendText(page.frame)
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
