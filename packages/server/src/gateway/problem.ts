import { Refusal, toProblem } from '@takeback/protocol/refusals.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { bareHeaders } from './raw-problem.ts'

export const unreadable = (detail: string): Refusal => new Refusal('invalid_input', { detail })

/** Every non-success, whatever threw it, leaves as a problem document of the catalogue (E1). */
export function answerProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const refusal = toRefusal(error, request)
  const body = toProblem(refusal, request.id)
  if (body.retry_after !== undefined) reply.header('retry-after', body.retry_after)
  // What was refused before any hook ran has no headers of helmet's.
  if (!reply.hasHeader('content-security-policy')) reply.headers(bareHeaders)
  return reply
    .code(body.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(body))
}

function toRefusal(error: unknown, request: FastifyRequest): Refusal {
  if (error instanceof Refusal) return error
  const status = (error as { statusCode?: unknown }).statusCode
  // Fastify's own complaints about a body: not JSON, too large, of another type.
  if (typeof status === 'number' && status >= 400 && status < 500)
    return unreadable('The request cannot be read.')
  request.log.error({ error: describe(error) }, 'internal')
  return new Refusal('internal')
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)
