import type { Writable } from 'node:stream'
import type { DownFrame } from '@takeback/protocol/frames.ts'
import type { WebSocket } from 'ws'

/** Past this many bytes waiting for the reader, nothing more is begun that would add to them. */
const FULL_ABOVE = 64 * 1024

export type Downstream = ReturnType<typeof createDownstream>

/**
 * The way down to one reader. Whoever produces frames asks first whether it is full, so that a slow
 * reader costs a bounded buffer; one that takes nothing for `patience` ms is given up (S2).
 */
export function createDownstream(
  socket: WebSocket,
  /** What the socket writes to. */
  stream: Writable,
  patience: number,
  onStalled: () => void,
) {
  let gathering = false
  let stall: NodeJS.Timeout | null = null
  let waiting = new Set<() => void>()

  const isFull = (): boolean => socket.bufferedAmount > FULL_ABOVE

  function watch(): void {
    if (stall !== null) clearTimeout(stall)
    stall = setTimeout(onStalled, patience).unref()
  }

  function release(): void {
    if (stall !== null) clearTimeout(stall)
    stall = null
    const released = waiting
    waiting = new Set()
    for (const go of released) go()
  }

  /** The reader took something: its patience starts anew, and who waits goes on if there is room. */
  function onTaken(): void {
    if (stall === null) return
    if (isFull()) watch()
    else release()
  }

  function sendText(frame: string): void {
    if (socket.readyState !== socket.OPEN) return
    gather()
    socket.send(frame, onTaken)
    if (stall === null && isFull()) watch()
  }

  /** What is sent in one turn leaves in one write: a system call costs more than a frame. */
  function gather(): void {
    if (gathering) return
    gathering = true
    stream.cork()
    process.nextTick(() => {
      gathering = false
      stream.uncork()
    })
  }

  const send = (frame: DownFrame): void => sendText(JSON.stringify(frame))

  return {
    isFull,
    send,
    /** A frame that is JSON text already. */
    sendText,
    /** For frames that say nothing a later one would not: left out while the reader is behind. */
    sendIfRoom(frame: DownFrame): void {
      if (!isFull()) send(frame)
    },
    /** Calls `go` once there is room, or once it is over. */
    whenRoom(go: () => void): void {
      if (!isFull()) return go()
      waiting.add(go)
      if (stall === null) watch()
    },
    stop: release,
  }
}
