import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { Refusal } from '@takeback/protocol/refusals.ts'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import type { Core } from '../core/types.ts'
import { answerProblem } from './problem.ts'
import { validCommand } from './validate.ts'

export interface AdminDeps {
  core: Core
  /** Whoever has it is the operator. */
  token: string
  log: Logger
}

/** The admin listener: commands of the operator's, for this machine only. */
export function createAdmin({ core, token, log }: AdminDeps): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log
  const app = Fastify({
    loggerInstance,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'request_id',
    }),
    genReqId: () => randomUUID(),
    frameworkErrors: (error, request, reply) => void answerProblem(error, request, reply),
  })
  const expected = digest(`Bearer ${token}`)
  app.addHook('onRequest', async ({ headers: { authorization = '' } }) => {
    if (!timingSafeEqual(digest(authorization), expected)) throw new Refusal('not_signed_in')
  })
  app.post<{ Params: { command: string } }>('/:command', async (request, reply) => {
    const { command, input } = validCommand(request.params.command, request.body)
    const output = await core.administer(command, input)
    log.info({ command, request_id: request.id }, 'admin')
    return reply.type('application/json; charset=utf-8').send(output)
  })
  app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply))
  app.setNotFoundHandler((request, reply) =>
    answerProblem(new Refusal('not_found'), request, reply),
  )
  return app
}

/** Of one length, as a comparison in constant time needs it. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
