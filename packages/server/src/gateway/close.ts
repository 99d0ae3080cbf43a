import { closeCodes } from '@takeback/protocol/close-codes.ts'
import type { WebSocket } from 'ws'

/** How long the other side may take to close too, ms: its answer may wait behind a full buffer. */
const CLOSE_WITHIN = 500

/** Closes a socket and says why. It is gone soon after, whatever the other side does. */
export function closeWith(socket: WebSocket, reason: keyof typeof closeCodes): void {
  socket.close(closeCodes[reason].code, reason)
  terminateSoon(socket)
}

export function terminateSoon(socket: WebSocket): void {
  setTimeout(() => socket.terminate(), CLOSE_WITHIN).unref()
}
