import { randomUUID } from 'node:crypto'
import { endpoints } from '@takeback/protocol/endpoints/registry.ts'
import { Refusal, toProblem } from '@takeback/protocol/refusals.ts'
import { endpointNames, routeOf, type EndpointName } from '@takeback/protocol/routes.ts'
import Bowser from 'bowser'
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Caller, Core, Visitor } from '../core/types.ts'
import type { DrawLimits } from './limits.ts'
import { isOriginAllowed } from './origins.ts'
import { credentialOf, noSessionCookie, sessionCookie } from './session-cookie.ts'
import { validInput } from './validate.ts'

/** Largest request body, bytes: 4,000 characters, each escaped at its longest, and room around them. */
const MAX_BODY = 64 * 1024

export interface HttpDeps {
  core: Core
  limits: DrawLimits
  log: Logger
  origins: readonly string[]
  trustedProxies: readonly string[]
}

/** The HTTP side of the gateway: every endpoint of the registry under /v1, in one way. */
export function createHttp(deps: HttpDeps): FastifyInstance {
  const app = Fastify({
    loggerInstance: deps.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    bodyLimit: MAX_BODY,
    trustProxy: deps.trustedProxies.length === 0 ? false : [...deps.trustedProxies],
    genReqId: () => randomUUID(),
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
  })
  for (const name of endpointNames) register(app, name, deps)
  app.get('/status', (request, reply) => answer('status.get', request, reply, deps))
  app.get('/healthz', async () => ({ ok: true }))
  app.get('/readyz', async (_request, reply) => {
    const ready = await deps.core.healthy().catch(() => false)
    return reply.code(ready ? 200 : 503).send({ ok: ready })
  })
  app.setErrorHandler((error, request, reply) => problem(error, request, reply))
  app.setNotFoundHandler((request, reply) => problem(new Refusal('not_found'), request, reply))
  app.addHook('onResponse', logResponse)
  return app
}

function register(app: FastifyInstance, name: EndpointName, deps: HttpDeps): void {
  const { method, path } = routeOf(name)
  app.route({
    method,
    url: `/v1${path.replace(/\{(\w+)\}/g, ':$1')}`,
    handler: (request, reply) => answer(name, request, reply, deps),
  })
}

async function answer(
  name: EndpointName,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
): Promise<unknown> {
  const { success, auth, budget } = endpoints[name]
  reply.header('cache-control', 'no-store')
  const browser = request.headers.origin !== undefined
  if (browser && request.method !== 'GET') requireOrigin(request, deps)

  const caller = auth === 'session' ? await callerOf(request, deps) : visitorOf(request)
  drawFor(name, budget, request, caller, deps)
  const input = validInput(name, flatInput(request), usesQuery(request))
  if (name === 'sessions.sign_in') deps.limits.draw('sign_in', nameAndAddress(request, input))
  const output = await deps.core.call(name, caller, input)
  const shown = isSignedIn(output) && browser ? keepInCookie(output, request, reply) : output
  if (name === 'sessions.revoke' && isOwnDevice(caller, input))
    reply.header('set-cookie', noSessionCookie(request.protocol === 'https'))
  return reply.code(success).send(success === 204 ? undefined : shown)
}

const usesQuery = (request: FastifyRequest): boolean =>
  request.method === 'GET' || request.method === 'DELETE'

function flatInput(request: FastifyRequest): object {
  const rest = usesQuery(request) ? request.query : (request.body ?? {})
  if (typeof rest !== 'object' || rest === null || Array.isArray(rest))
    throw new Refusal('invalid_input', { detail: 'The body is not a JSON object.' })
  const params = request.params as Record<string, unknown>
  for (const key of Object.keys(params))
    if (Object.hasOwn(rest, key))
      throw new Refusal('invalid_input', { detail: `${key} stands in the path.` })
  return { ...rest, ...params }
}

async function callerOf(request: FastifyRequest, deps: HttpDeps): Promise<Caller> {
  const credential = credentialOf(request.headers)
  if (credential === null) throw new Refusal('not_signed_in')
  return deps.core.authenticate(credential.token)
}

function visitorOf(request: FastifyRequest): Visitor {
  const agent = request.headers['user-agent'] ?? ''
  if (agent === '') return { device_name: 'Unknown device' }
  const { browser, os } = Bowser.parse(agent)
  const name = [browser.name, os.name].filter((part) => part !== undefined && part !== '')
  return { device_name: (name.length > 0 ? name.join(' on ') : 'Unknown device').slice(0, 80) }
}

/** A page that is not ours may neither act with the cookie nor sign anybody in (SameSite is the second lock). */
function requireOrigin(request: FastifyRequest, deps: HttpDeps): void {
  if (!isOriginAllowed(request.headers, deps.origins)) throw new Refusal('origin_not_allowed')
}

function drawFor(
  name: EndpointName,
  budget: Parameters<DrawLimits['draw']>[0],
  request: FastifyRequest,
  caller: Caller | Visitor,
  { limits }: HttpDeps,
): void {
  // Who guesses passwords is slowed by name and address together, so that nobody can lock an owner
  // out from elsewhere; that bucket is drawn once the name is known.
  if (name === 'sessions.sign_in') limits.draw('sign_up', request.ip)
  else limits.draw(budget, 'account_id' in caller ? caller.account_id : request.ip)
}

const nameAndAddress = (request: FastifyRequest, input: object): string =>
  'username' in input ? `${request.ip} ${String(input.username).toLowerCase()}` : request.ip

interface SignedIn {
  account: unknown
  session: { device_id: string; token?: string }
}

const isSignedIn = (output: unknown): output is SignedIn =>
  typeof output === 'object' && output !== null && 'session' in output

/** A browser's script never sees its token: it travels in a cookie that scripts cannot read. */
function keepInCookie(output: SignedIn, request: FastifyRequest, reply: FastifyReply): SignedIn {
  const { token = '', device_id } = output.session
  reply.header('set-cookie', sessionCookie(token, request.protocol === 'https'))
  return { ...output, session: { device_id } }
}

const isOwnDevice = (caller: Caller | Visitor, input: object): boolean =>
  'device_id' in caller && 'device_id' in input && caller.device_id === input.device_id

/** Every non-success, whatever threw it, leaves as a problem document of the catalogue (E1). */
function problem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = toRefusal(error, request)
  const body = toProblem(refusal, request.id)
  if (body.retry_after !== undefined) reply.header('retry-after', body.retry_after)
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
    return new Refusal('invalid_input', { detail: 'The request body cannot be read.' })
  request.log.error({ error: describe(error) }, 'internal')
  return new Refusal('internal')
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

/** One line per request, of allow-listed fields: no address, no query, no content. */
async function logResponse(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  request.log.info(
    {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    },
    'request',
  )
}
