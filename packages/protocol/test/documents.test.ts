import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Check } from 'typebox/value'
import { asyncApi } from '../src/asyncapi.ts'
import { type Json, type JsonObject, ProblemSchema } from '../src/document-schemas.ts'
import type { Endpoint } from '../src/endpoints/endpoint.ts'
import { endpoints } from '../src/endpoints/registry.ts'
import { UpFrame } from '../src/frames.ts'
import { openApi } from '../src/openapi.ts'
import { commonRefusals, Refusal, refusalCodes, refusals, toProblem } from '../src/refusals.ts'
import { endpointNames, routeOf } from '../src/routes.ts'
import type { JsonSchema } from './bounds.ts'

/** The value at a JSON pointer, by names. */
function at(document: Json, ...path: string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (value, name) =>
      value !== undefined && value !== null && typeof value === 'object'
        ? (value as JsonObject)[name]
        : undefined,
    document,
  )
}

function references(value: Json): string[] {
  if (value === null || typeof value !== 'object') return []
  if (Array.isArray(value)) return value.flatMap(references)
  const own = typeof value['$ref'] === 'string' ? [value['$ref']] : []
  return [...own, ...Object.values(value).flatMap(references)]
}

for (const [name, document] of Object.entries({ OpenAPI: openApi(), AsyncAPI: asyncApi() }))
  describe(name, () => {
    test('is plain JSON', () => {
      assert.deepEqual(JSON.parse(JSON.stringify(document)), document)
    })

    test('has no dangling reference', () => {
      const dangling = references(document).filter(
        (ref) => !ref.startsWith('#/') || at(document, ...ref.slice(2).split('/')) === undefined,
      )
      assert.deepEqual(dangling, [])
    })

    test('refers to every shape that it names', () => {
      const used = new Set(references(document))
      const named = Object.keys(at(document, 'components', 'schemas') ?? {})
      const main = ['Problem', 'Message', 'Conversation', 'EventPage']
      for (const shape of main) assert.ok(named.includes(shape))
      if (name === 'OpenAPI')
        for (const shape of named) assert.ok(used.has(`#/components/schemas/${shape}`), shape)
    })
  })

test('every route stands in the OpenAPI document, with its success and all its refusals', () => {
  const document = openApi()
  for (const name of endpointNames) {
    const { method, path } = routeOf(name)
    const endpoint: Endpoint = endpoints[name]
    const operation = at(document, 'paths', path, method.toLowerCase())
    assert.equal(at(operation ?? null, 'operationId'), name)
    const responses = at(operation ?? null, 'responses') as JsonObject
    assert.ok(responses[endpoint.success])
    for (const code of [...endpoint.refusals, ...commonRefusals]) {
      const { status } = refusals[code]
      if (status === 401 && endpoint.auth === 'none' && !endpoint.refusals.includes(code)) continue
      const response = responses[status]
      const [ref] = references({ $ref: at(response ?? null, '$ref') ?? null })
      const shown = ref === undefined ? response : at(document, ...ref.slice(2).split('/'))
      assert.ok(JSON.stringify(shown).includes(`"${code}"`), `${name} does not show ${code}`)
    }
  }
})

test('every input stands in the path, the query or the body', () => {
  const document = openApi()
  for (const name of endpointNames) {
    const { method, path } = routeOf(name)
    const operation = at(document, 'paths', path, method.toLowerCase()) ?? null
    const parameters = (at(operation, 'parameters') ?? []) as JsonObject[]
    const body = at(operation, 'requestBody', 'content', 'application/json', 'schema', 'properties')
    const shown = [
      ...parameters.map((one) => JSON.stringify(one['name']).slice(1, -1)),
      ...Object.keys(body ?? {}),
    ]
    const { properties = {} } = endpoints[name].input as JsonSchema
    assert.deepEqual(shown.sort(), Object.keys(properties).sort())
  }
})

test('every frame up stands in the AsyncAPI document', () => {
  const types = ((UpFrame as JsonSchema).anyOf ?? []).map((frame) => frame.properties?.['type'])
  const operations = Object.keys(at(asyncApi(), 'operations') ?? {})
  for (const type of types) assert.ok(operations.includes(`receive_${String(type?.const)}`))
  assert.equal(types.length, operations.length - 1)
})

test('every problem is as the documents describe it', () => {
  for (const code of refusalCodes) {
    assert.ok(Check(ProblemSchema, toProblem(new Refusal(code))))
    const full = new Refusal(code, { detail: 'd', remedies: ['wait'], retry_after: 1, until: 2 })
    assert.ok(Check(ProblemSchema, toProblem(full, 'r')))
  }
})
