import type { TSchema } from 'typebox'
import { type Json, type JsonObject, namedSchemas, shown } from './document-schemas.ts'
import type { Endpoint } from './endpoints/endpoint.ts'
import { endpoints } from './endpoints/registry.ts'
import { MAX_TEXT } from './limits.ts'
import { commonRefusals, type RefusalCode, refusals } from './refusals.ts'
import { pathInputs, routeOf } from './routes.ts'
import { VERSION } from './version.ts'

/** Names of members are those of the schemas; a schema of typebox is JSON Schema as it stands. */
interface ObjectSchema {
  properties?: Record<string, TSchema>
  required?: string[]
}

/** OpenAPI 3.1 document of the HTTP API, made from the tables that validate: it cannot say anything else. */
export function openApi(): JsonObject {
  const paths: Record<string, JsonObject> = {}
  for (const endpoint of Object.values<Endpoint>(endpoints)) {
    const { method, path } = routeOf(endpoint.name)
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(endpoint, method, path) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Takeback',
      version: VERSION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      summary: 'Direct messages that can be taken back.',
      description: [
        'Times are Unix milliseconds. Ids are 26 characters and sort by time. Unknown members of a request are refused; unknown members of an answer are to be ignored.',
        'Every answer that is not a success is a problem document (RFC 9457) whose `code` is a row of the refusal catalogue.',
        `A message holds up to ${MAX_TEXT} Unicode code points.`,
        'Live events come over the WebSocket; see /asyncapi.json.',
      ].join('\n\n'),
    },
    servers: [{ url: '/v1' }],
    tags: tags(),
    paths,
    components: {
      schemas: namedSchemas(),
      responses: commonResponses(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The token of a session.' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: 'takeback_session',
          description: 'The web app’s HttpOnly cookie; only from an allowed Origin.',
        },
      },
    },
  }
}

function tags(): Json[] {
  const rooms = Object.keys(endpoints).map(roomOf)
  return [...new Set(rooms)].map((name) => ({ name }))
}

function roomOf(name: string): string {
  return name.split('.')[0] ?? name
}

function operation(endpoint: Endpoint, method: string, path: string): JsonObject {
  const { properties = {}, required = [] } = endpoint.input as ObjectSchema
  const inPath = pathInputs(path)
  const rest = Object.keys(properties).filter((name) => !inPath.includes(name))
  const inQuery = method === 'GET' || method === 'DELETE' ? rest : []
  const inBody = rest.filter((name) => !inQuery.includes(name))
  const parameter = (name: string, place: 'path' | 'query'): JsonObject => ({
    name,
    in: place,
    required: required.includes(name),
    schema: shownMember(properties, name),
  })
  const parameters = [
    ...inPath.map((name) => parameter(name, 'path')),
    ...inQuery.map((name) => parameter(name, 'query')),
  ]
  return {
    operationId: endpoint.name,
    tags: [roomOf(endpoint.name)],
    summary: endpoint.summary,
    security: endpoint.auth === 'none' ? [] : [{ bearer: [] }, { cookie: [] }],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(inBody.length > 0 ? { requestBody: body(properties, required, inBody) } : {}),
    responses: {
      [String(endpoint.success)]: success(endpoint),
      ...refused([...endpoint.refusals, ...commonOf(endpoint)]),
    },
    'x-budget': endpoint.budget,
  }
}

function body(
  properties: Record<string, TSchema>,
  required: string[],
  names: string[],
): JsonObject {
  const needed = names.filter((name) => required.includes(name))
  const schema: JsonObject = {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, shownMember(properties, name)])),
    ...(needed.length > 0 ? { required: needed } : {}),
    additionalProperties: false,
  }
  return { required: true, content: { 'application/json': { schema } } }
}

function shownMember(properties: Record<string, TSchema>, name: string): Json {
  const schema = properties[name]
  return schema === undefined ? {} : shown(schema, 'up')
}

function success({ success: status, output }: Endpoint): JsonObject {
  return status === 204
    ? { description: 'Done.' }
    : {
        description: status === 201 ? 'Made.' : 'As asked.',
        content: { 'application/json': { schema: shown(output, 'down') } },
      }
}

/** What any endpoint may answer; without a session there is none to be signed out of. */
function commonOf({ auth }: Endpoint): RefusalCode[] {
  return commonRefusals.filter((code) => auth === 'session' || refusals[code].status !== 401)
}

/** One response per status, naming the codes that come with it. */
function refused(codes: readonly RefusalCode[]): JsonObject {
  return Object.fromEntries(
    Object.entries(byStatus(codes)).map(([status, here]) => [
      status,
      here.join() === commonByStatus[status]?.join()
        ? { $ref: `#/components/responses/common_${status}` }
        : refusedWith(here),
    ]),
  )
}

function byStatus(codes: readonly RefusalCode[]): Record<string, RefusalCode[]> {
  const groups: Record<string, RefusalCode[]> = {}
  for (const code of codes) (groups[refusals[code].status] ??= []).push(code)
  return groups
}

const commonByStatus = byStatus(commonRefusals)

function commonResponses(): JsonObject {
  return Object.fromEntries(
    Object.entries(commonByStatus).map(([status, codes]) => [
      `common_${status}`,
      refusedWith(codes),
    ]),
  )
}

function refusedWith(codes: RefusalCode[]): JsonObject {
  const code: JsonObject = { enum: [...codes] }
  const schema: JsonObject = {
    allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code } }],
  }
  const retryAfter = {
    description: 'Seconds after which one more is allowed.',
    schema: { type: 'integer' },
  }
  return {
    description: codes.map((code) => `\`${code}\`: ${refusals[code].sentence}`).join('\n\n'),
    ...(codes.includes('rate_limited') ? { headers: { 'Retry-After': retryAfter } } : {}),
    content: { 'application/problem+json': { schema } },
  }
}
