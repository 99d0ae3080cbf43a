import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { endpoints, type Output } from '@takeback/protocol/endpoints/registry.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { endpointNames, routeOf, type EndpointName } from '@takeback/protocol/routes.ts'
import Bowser from 'bowser'
import Fastify, {
  type FastifyBaseLogger,
  LogController,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { Logger } from 'pino'
import type { Caller, Core, Visitor } from '../core/types.ts'
import { foldUsername } from '../username.ts'
import { addressKey } from './address.ts'
import { serveDocuments } from './documents.ts'
import type { DrawLimits } from './limits.ts'
import { isOriginAllowed } from './origins.ts'
import { answerProblem, unreadable } from './problem.ts'
import { endWithProblem } from './raw-problem.ts'
import { credentialOf, noSessionCookie, sessionCookie } from './session-cookie.ts'
import { statusPage, statusPagePolicy, wantsPage } from './status-page.ts'
import { validInput } from './validate.ts'

/** Largest request body, bytes: 4,000 characters, each escaped at its longest, and room around them. */
const MAX_BODY = 64 * 1024

export interface HttpDeps {
  core: Core
  limits: DrawLimits
  log: Logger
  origins: readonly string[]
  trustedProxies: readonly string[]
  /** Whether this node is about to stop: balancers then send nobody new. */
  isDraining?: () => boolean
  /** How long a request may take to arrive, ms; its head half of that. */
  arriveWithin?: number
}

/** Slow enough for a phone, too fast for a client that holds connections by sending drops. */
const ARRIVE_WITHIN = 30_000
/** A connection on which nothing happens for this long is closed, ms: also that of a reader who stopped. */
const IDLE_WITHIN = 75_000
const MAX_HEAD = 16 * 1024

/** The HTTP side of the gateway: every endpoint of the registry under /v1, in one way. */
export function createHttp(deps: HttpDeps): FastifyInstance {
  const { arriveWithin = ARRIVE_WITHIN } = deps
  const loggerInstance: FastifyBaseLogger = deps.log
  const app = Fastify({
    loggerInstance,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: 'request_id',
    }),
    bodyLimit: MAX_BODY,
    trustProxy: deps.trustedProxies.length === 0 ? false : [...deps.trustedProxies],
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    http: {
      maxHeaderSize: MAX_HEAD,
      headersTimeout: arriveWithin / 2,
      connectionsCheckingInterval: Math.min(5000, arriveWithin / 2),
      // Asked for below, so that its lack is answered like everything else.
      requireHostHeader: false,
    },
    requestTimeout: arriveWithin,
    connectionTimeout: IDLE_WITHIN,
    // While stopping: what has come is served, and the connection closed after it.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => void answerProblem(error, request, reply),
    clientErrorHandler: onClientError,
  })
  app.server.on('checkExpectation', ({ socket }: IncomingMessage) =>
    endWithProblem(socket, unreadable('This expectation cannot be met.')),
  )
  app.addHook('onRequest', async (request) => {
    if (request.headers.host === undefined && request.raw.httpVersion !== '1.0')
      throw unreadable('Host is missing.')
  })
  for (const name of endpointNames) register(app, name, deps)
  app.get('/status', (request, reply) => answerStatus(request, reply, deps))
  for (const prefix of ['', '/v1']) registerHealth(app, prefix, deps)
  serveDocuments(app)
  app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply))
  app.setNotFoundHandler((request, reply) =>
    answerProblem(new Refusal('not_found'), request, reply),
  )
  app.addHook('onResponse', logResponse)
  return app
}

/** For supervisors and load balancers: this process runs · it can do its work. */
function registerHealth(
  app: FastifyInstance,
  prefix: string,
  { core, isDraining = () => false }: HttpDeps,
): void {
  app.get(`${prefix}/healthz`, async (_request, reply) => {
    return reply.header('cache-control', 'no-store').send({ ok: true })
  })
  app.get(`${prefix}/readyz`, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    if (isDraining() || !(await core.healthy().catch(() => false)))
      throw new Refusal('service_degraded')
    return reply.send({ ok: true })
  })
}

/** What the HTTP parser could not read, or did not get in time. */
function onClientError(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET') return void socket.destroy()
  const details: Record<string, string> = {
    ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive in time.',
    HPE_HEADER_OVERFLOW: 'The head of the request is too large.',
  }
  endWithProblem(socket, unreadable(details[error.code ?? ''] ?? 'This is not HTTP.'))
}

function register(app: FastifyInstance, name: EndpointName, deps: HttpDeps): void {
  const { method, path } = routeOf(name)
  app.route({
    method,
    url: `/v1${path.replace(/\{(\w+)\}/g, ':$1')}`,
    handler: (request, reply) =>
      name === 'status.get'
        ? answerStatus(request, reply, deps)
        : answer(name, request, reply, deps),
  })
}

/** How the service fares, as a page for people or as JSON: whichever is rather asked for. */
async function answerStatus(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: HttpDeps,
): Promise<unknown> {
  reply.header('vary', 'accept')
  if (!wantsPage(request.headers.accept)) return answer('status.get', request, reply, deps)
  const visitor = visitorOf(request)
  drawFor('status.get', endpoints['status.get'].budget, request, visitor, deps)
  const output = await deps.core.call('status.get', visitor, {})
  return reply
    .headers({
      'cache-control': 'no-store',
      'content-security-policy': statusPagePolicy,
      'x-content-type-options': 'nosniff',
    })
    .type('text/html; charset=utf-8')
    .send(statusPage(JSON.parse(output) as Output<'status.get'>))
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
  if (browser && !isSafe(request)) requireOrigin(request, deps)

  const caller = auth === 'session' ? await callerOf(request, deps) : visitorOf(request)
  drawFor(name, budget, request, caller, deps)
  const input = validInput(name, flatInput(request), usesQuery(request))
  if (name === 'sessions.sign_in') deps.limits.draw('sign_in', nameAndAddress(request, input))
  const output = await deps.core.call(name, caller, input)
  const shown = browser && signsIn(name) ? keepInCookie(output, request, reply) : output
  if (name === 'sessions.revoke' && isOwnDevice(caller, input))
    reply.header('set-cookie', noSessionCookie(request.protocol === 'https'))
  if (success === 204) return reply.code(success).send()
  return reply.code(success).type('application/json; charset=utf-8').send(shown)
}

/** Changes nothing, so any page may ask; who may read the answer is the browser's to hold (no CORS). */
const isSafe = (request: FastifyRequest): boolean =>
  request.method === 'GET' || request.method === 'HEAD'

const usesQuery = (request: FastifyRequest): boolean =>
  isSafe(request) || request.method === 'DELETE'

function flatInput(request: FastifyRequest): object {
  const { query, body = {} } = request
  const rest = usesQuery(request) ? query : body
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
  // Browsers name the page that acts. A cookie that acts without one is in hands it was not given to.
  if (credential.by === 'cookie' && !isSafe(request)) requireOrigin(request, deps)
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
  if (name === 'sessions.sign_in') limits.draw('sign_up', addressKey(request.ip))
  else limits.draw(budget, 'account_id' in caller ? caller.account_id : addressKey(request.ip))
}

/** By the name that is looked up, however it was typed: another spelling is no fresh bucket. */
const nameAndAddress = (request: FastifyRequest, input: object): string =>
  `${addressKey(request.ip)} ${'username' in input ? foldUsername(String(input.username)) : ''}`

const signsIn = (name: EndpointName): boolean =>
  name === 'accounts.sign_up' || name === 'sessions.sign_in'

/** A browser's script never sees its token: it travels in a cookie that scripts cannot read. */
function keepInCookie(output: string, request: FastifyRequest, reply: FastifyReply): string {
  const { session, ...rest } = JSON.parse(output) as Output<'sessions.sign_in'>
  const { token = '', device_id } = session
  reply.header('set-cookie', sessionCookie(token, request.protocol === 'https'))
  return JSON.stringify({ ...rest, session: { device_id } })
}

const isOwnDevice = (caller: Caller | Visitor, input: object): boolean =>
  'device_id' in caller && 'device_id' in input && caller.device_id === input.device_id

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
