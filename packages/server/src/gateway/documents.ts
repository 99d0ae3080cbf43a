import { asyncApi } from '@takeback/protocol/asyncapi.ts'
import { openApi } from '@takeback/protocol/openapi.ts'
import type { FastifyInstance } from 'fastify'

/** Serves the documents of the HTTP API and of the socket, made from what this very server validates by. */
export function serveDocuments(app: FastifyInstance): void {
  const documents = { '/openapi.json': openApi(), '/asyncapi.json': asyncApi() }
  for (const [path, document] of Object.entries(documents))
    for (const prefix of ['', '/v1'])
      app.get(`${prefix}${path}`, (_request, reply) =>
        reply.header('cache-control', 'no-cache').send(document),
      )
}
