import type { AccountId } from '@takeback/protocol/ids.ts'
import type { Core } from '../core/types.ts'
import type { Downstream } from './downstream.ts'

export interface PumpDeps {
  core: Pick<Core, 'page'>
  /** What to do with an error of the core. */
  onError: (error: unknown) => void
}

/**
 * Carries one person's log to one socket: pages past what was sent, in order, as fast as the reader
 * takes them. It keeps no queue: what the reader has not taken stays in the log, so a slow one costs
 * at most a bounded buffer and resumes from its cursor without loss (S2).
 */
export class Pump {
  readonly #deps: PumpDeps
  readonly #down: Downstream
  readonly #account: AccountId
  #cursor: { epoch: string; seq: number } | null = null
  #wanted = false
  #running = false
  #stopped = false

  constructor(deps: PumpDeps, down: Downstream, account: AccountId) {
    this.#deps = deps
    this.#down = down
    this.#account = account
  }

  /** Follow the log from here on. One read always happens: it finds out whether the cursor is good. */
  resume(from: { epoch: string; seq: number }): void {
    this.#cursor = { ...from }
    this.#wake()
  }

  /** The log has grown to `seq`. */
  poke(seq: number): void {
    if (this.#cursor !== null && seq > this.#cursor.seq) this.#wake()
  }

  stop(): void {
    this.#stopped = true
  }

  #wake(): void {
    this.#wanted = true
    if (!this.#running) void this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    try {
      while (this.#wanted && !this.#stopped && this.#cursor !== null) {
        if (this.#down.isFull()) await new Promise<void>((go) => this.#down.whenRoom(go))
        else await this.#readPage(this.#cursor)
      }
    } catch (error) {
      this.#deps.onError(error)
    } finally {
      this.#running = false
    }
  }

  async #readPage(from: { epoch: string; seq: number }): Promise<void> {
    this.#wanted = false
    const page = await this.#deps.core.page(this.#account, from.epoch, from.seq)
    // A resume may have moved the cursor meanwhile: this page is then of the past.
    if (this.#cursor !== from || this.#stopped) return
    if (page.reset) {
      this.#cursor = null
      this.#down.sendText(page.frame)
      return
    }
    this.#cursor = { epoch: from.epoch, seq: page.through }
    if (page.through < page.head) this.#wanted = true
    if (page.through > from.seq) this.#down.sendText(page.frame)
  }
}
