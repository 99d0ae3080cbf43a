import type { Writable } from 'node:stream'
import type { DownFrame } from '@takeback/protocol/frames.ts'
import type { WebSocket } from 'ws'

/** Past this many bytes waiting for the reader, nothing more is begun that would add to them. */
const FULL_ABOVE = 64 * 1024

/**
 * The way down to one reader. Whoever produces frames asks first whether it is full, so that a slow
 * reader costs a bounded buffer; one that takes nothing for `patience` ms is given up (S2).
 *
 * A class, as everything that there is one of for each socket: closures would take twice the memory.
 */
export class Downstream {
  readonly #socket: WebSocket
  /** What the socket writes to. */
  readonly #stream: Writable
  readonly #patience: number
  readonly #onStalled: (socket: WebSocket) => void
  #gathering = false
  #stall: NodeJS.Timeout | null = null
  #waiting: (() => void)[] | null = null

  constructor(
    socket: WebSocket,
    stream: Writable,
    patience: number,
    onStalled: (socket: WebSocket) => void,
  ) {
    this.#socket = socket
    this.#stream = stream
    this.#patience = patience
    this.#onStalled = onStalled
  }

  isFull(): boolean {
    return this.#socket.bufferedAmount > FULL_ABOVE
  }

  send(frame: DownFrame): void {
    this.sendText(JSON.stringify(frame))
  }

  /** A frame that is JSON text already. */
  sendText(frame: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#gather()
    this.#socket.send(frame, this.#onTaken)
    if (this.#stall === null && this.isFull()) this.#watch()
  }

  /** For frames that say nothing a later one would not: left out while the reader is behind. */
  sendIfRoom(frame: DownFrame): void {
    if (!this.isFull()) this.send(frame)
  }

  /** Calls `go` once there is room, or once it is over. */
  whenRoom(go: () => void): void {
    if (!this.isFull()) return go()
    if (this.#waiting === null) this.#waiting = [go]
    else if (!this.#waiting.includes(go)) this.#waiting.push(go)
    if (this.#stall === null) this.#watch()
  }

  /** Lets go of whoever waits, for good or because there is room. */
  stop(): void {
    if (this.#stall !== null) clearTimeout(this.#stall)
    this.#stall = null
    const released = this.#waiting ?? []
    this.#waiting = null
    for (const go of released) go()
  }

  /** The reader took something: its patience starts anew, and who waits goes on if there is room. */
  readonly #onTaken = (): void => {
    if (this.#stall === null) return
    if (this.isFull()) this.#watch()
    else this.stop()
  }

  #watch(): void {
    if (this.#stall !== null) clearTimeout(this.#stall)
    this.#stall = setTimeout(this.#onStalled, this.#patience, this.#socket).unref()
  }

  /** What is sent in one turn leaves in one write: a system call costs more than a frame. */
  #gather(): void {
    if (this.#gathering) return
    this.#gathering = true
    this.#stream.cork()
    process.nextTick(uncork, this)
  }

  /** For `uncork` alone. */
  release(): void {
    this.#gathering = false
    this.#stream.uncork()
  }
}

const uncork = (down: Downstream): void => down.release()
