import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Refusal, toProblem } from '@takeback/protocol/refusals.ts'

/** For an answer outside the web app: nothing in it is to be run, framed or guessed at. */
export const bareHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
}

/**
 * Answers a connection that never became a request of the HTTP server (what it sent was not HTTP,
 * or it asked for another protocol) with a problem document like any other, and ends it.
 */
export function endWithProblem(stream: Duplex, refusal: Refusal): void {
  // Nobody else listens any more, and the peer may be gone: unheard, its error would end the process.
  stream.on('error', () => stream.destroy())
  if (stream.destroyed || !stream.writable) {
    stream.destroy()
    return
  }
  const body = JSON.stringify(toProblem(refusal, randomUUID()))
  const { status } = refusal.row
  // Half-closed is not closed: a peer that keeps its half open would keep the descriptor.
  stream.once('finish', () => stream.destroy())
  stream.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'connection: close',
      'cache-control: no-store',
      ...Object.entries(bareHeaders).map(([name, value]) => `${name}: ${value}`),
      'content-type: application/problem+json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}
