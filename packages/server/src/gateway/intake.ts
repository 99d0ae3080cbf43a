import type { WebSocket } from 'ws'
import type { Downstream } from './downstream.ts'

/** Frames of one socket at work at once. */
const MAX_UNDER_WAY = 64
/** And their bytes, for a reply is about as long as what it answers; one frame always passes. */
const MAX_BYTES_UNDER_WAY = 32 * 1024

/** A frame as it came. */
export interface RawFrame {
  data: Buffer
  isBinary: boolean
}

/** Works on frames; must not reject. */
export interface Receiver {
  receive(frame: RawFrame): Promise<void>
}

/**
 * The way up from one client: frames are begun in the order they came, so many at once, and none
 * while the client does not take the answers. What cannot begin yet waits here, and the socket is
 * not read meanwhile: at most what one read had brought.
 */
export class Intake {
  readonly #socket: WebSocket
  readonly #down: Downstream
  #receiver: Receiver | null = null
  /** Null while it is empty, as it nearly always is. */
  #queue: RawFrame[] | null = null
  #underWay = 0
  #bytesUnderWay = 0
  #stopped = false
  #awaitsRoom = false

  constructor(socket: WebSocket, down: Downstream) {
    this.#socket = socket
    this.#down = down
  }

  push(frame: RawFrame): void {
    if (this.#stopped) return
    if (this.#queue === null) this.#queue = [frame]
    else this.#queue.push(frame)
    this.#begin()
  }

  /** From here on frames are handled, those that came early first. */
  open(receiver: Receiver): void {
    this.#receiver = receiver
    this.#begin()
  }

  /** Frames that have not begun, and all to come, are left alone: their sender has no say here any more. */
  stop(): void {
    this.#stopped = true
    this.#queue = null
    this.#begin()
  }

  #mayBegin(frame: RawFrame): boolean {
    return (
      this.#underWay === 0 ||
      (this.#underWay < MAX_UNDER_WAY &&
        this.#bytesUnderWay + frame.data.length <= MAX_BYTES_UNDER_WAY)
    )
  }

  #begin(): void {
    if (this.#down.isFull()) {
      if (this.#queue !== null) this.#awaitRoom()
    } else this.#beginWaiting()
    if (this.#queue !== null) this.#socket.pause()
    else if (this.#socket.isPaused) this.#socket.resume()
  }

  #beginWaiting(): void {
    while (this.#receiver !== null && this.#queue !== null) {
      const [next] = this.#queue
      if (next === undefined || !this.#mayBegin(next)) return
      if (this.#queue.length === 1) this.#queue = null
      else this.#queue.shift()
      void this.#run(this.#receiver, next)
    }
  }

  #awaitRoom(): void {
    if (this.#awaitsRoom) return
    this.#awaitsRoom = true
    this.#down.whenRoom(() => {
      this.#awaitsRoom = false
      this.#begin()
    })
  }

  async #run(receiver: Receiver, frame: RawFrame): Promise<void> {
    this.#underWay++
    this.#bytesUnderWay += frame.data.length
    await receiver.receive(frame)
    this.#underWay--
    this.#bytesUnderWay -= frame.data.length
    this.#begin()
  }
}
