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

export type Intake = ReturnType<typeof createIntake>

/**
 * The way up from one client: frames are begun in the order they came, so many at once, and none
 * while the client does not take the answers. What cannot begin yet waits here, and the socket is
 * not read meanwhile: at most what one read had brought.
 */
export function createIntake(socket: WebSocket, down: Downstream) {
  let handle: ((frame: RawFrame) => Promise<void>) | null = null
  let queue: RawFrame[] = []
  let underWay = 0
  let bytesUnderWay = 0
  let stopped = false

  const mayBegin = (frame: RawFrame): boolean =>
    underWay === 0 ||
    (underWay < MAX_UNDER_WAY && bytesUnderWay + frame.data.length <= MAX_BYTES_UNDER_WAY)

  function begin(): void {
    if (down.isFull()) {
      if (queue.length > 0) down.whenRoom(begin)
    } else
      for (let next = queue[0]; handle !== null && next && mayBegin(next); next = queue[0]) {
        queue.shift()
        void run(handle, next)
      }
    if (queue.length > 0) socket.pause()
    else if (socket.isPaused) socket.resume()
  }

  async function run(work: (frame: RawFrame) => Promise<void>, frame: RawFrame): Promise<void> {
    underWay++
    bytesUnderWay += frame.data.length
    await work(frame)
    underWay--
    bytesUnderWay -= frame.data.length
    begin()
  }

  return {
    push(frame: RawFrame): void {
      if (stopped) return
      queue.push(frame)
      begin()
    },
    /** From here on frames are handled, those that came early first. `work` must not reject. */
    open(work: (frame: RawFrame) => Promise<void>): void {
      handle = work
      begin()
    },
    /** Frames that have not begun, and all to come, are left alone: their sender has no say here any more. */
    stop(): void {
      stopped = true
      queue = []
      begin()
    },
  }
}
