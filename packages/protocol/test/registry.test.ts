import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../src/endpoints/endpoint.ts'
import { endpoints } from '../src/endpoints/registry.ts'
import { UpFrame } from '../src/frames.ts'
import { commonRefusals, refusalCodes } from '../src/refusals.ts'
import { endpointNames, pathInputs, routeOf, routes } from '../src/routes.ts'
import { type JsonSchema, unbounded } from './bounds.ts'

/** Doors that open without a session. A new one is a decision, made here. */
const openToAnybody = ['accounts.sign_up', 'sessions.sign_in', 'status.get']

/** Runs a rule over every endpoint; what it returns are breaches. */
function everyEndpoint(
  rule: string,
  breaches: (endpoint: Endpoint, route: { method: string; path: string }) => string[],
): void {
  test(`every endpoint ${rule}`, () => {
    const found = Object.values<Endpoint>(endpoints).flatMap((endpoint) =>
      breaches(endpoint, routeOf(endpoint.name)).map((breach) => `${endpoint.name}: ${breach}`),
    )
    assert.deepEqual(found, [])
  })
}

test('contracts and routes name the same endpoints, each contract under its own name', () => {
  assert.deepEqual(Object.keys(endpoints).sort(), [...endpointNames].sort())
  for (const [name, endpoint] of Object.entries<Endpoint>(endpoints))
    assert.equal(endpoint.name, name)
})

test('no two endpoints share a route', () => {
  const shapes = Object.values(routes).map((route) => route.replace(/\{\w+\}/g, '{}'))
  assert.equal(new Set(shapes).size, shapes.length)
})

test('only the named endpoints open without a session', () => {
  const open = Object.values<Endpoint>(endpoints).filter(({ auth }) => auth !== 'session')
  assert.deepEqual(open.map(({ name }) => name).sort(), openToAnybody)
})

everyEndpoint('says what it does in a sentence', ({ summary }) =>
  summary.endsWith('.') ? [] : [summary],
)

everyEndpoint('bounds every input (E1: too much is a refusal, not a surprise)', ({ input }) =>
  unbounded(input, 'input'),
)

everyEndpoint('has its path’s placeholders among its required inputs', ({ input }, { path }) => {
  const { required, properties } = input as JsonSchema
  return pathInputs(path).filter(
    (name) => !required?.includes(name) || properties?.[name]?.type !== 'string',
  )
})

everyEndpoint('takes only plain values in a query', ({ input }, { method }) =>
  method === 'GET' || method === 'DELETE'
    ? Object.entries((input as JsonSchema).properties ?? {})
        .filter(([, schema]) => !isPlain(schema))
        .map(([name]) => name)
    : [],
)

everyEndpoint('answers 204 if and only if it answers nothing', ({ success, output }) =>
  (success === 204) === ((output as JsonSchema).type === 'null') ? [] : [String(success)],
)

everyEndpoint('declares refusals of the catalogue, once, beside the common ones', ({ refusals }) =>
  refusals.filter(
    (code, index) =>
      !refusalCodes.includes(code) ||
      commonRefusals.some((common) => common === code) ||
      refusals.indexOf(code) !== index,
  ),
)

everyEndpoint('that names something in its path may say not_found', ({ refusals }, { path }) =>
  pathInputs(path).length === 0 || refusals.includes('not_found') ? [] : [path],
)

test('every frame up is bounded', () => {
  assert.deepEqual(unbounded(UpFrame as JsonSchema, 'frame'), [])
})

test('the bounds rule sees what it should', () => {
  assert.deepEqual(unbounded({ type: 'string' }, 'a').length, 1)
  assert.deepEqual(unbounded({ type: 'string', pattern: '^[a-z]+$' }, 'a').length, 1)
  assert.deepEqual(unbounded({ type: 'string', pattern: '^[a-z]{3}$' }, 'a').length, 0)
  assert.deepEqual(unbounded({ type: 'array', items: { type: 'boolean' } }, 'a').length, 1)
  assert.deepEqual(unbounded({ type: 'object', properties: {} }, 'a').length, 1)
  assert.deepEqual(unbounded({}, 'a').length, 1)
})

function isPlain(schema: JsonSchema): boolean {
  return schema.anyOf
    ? schema.anyOf.every(isPlain)
    : ['string', 'integer', 'number', 'boolean'].includes(String(schema.type))
}
