import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../src/endpoints/endpoint.ts'
import { endpoints } from '../src/endpoints/registry.ts'
import {
  commonRefusals,
  fromProblem,
  Refusal,
  type RefusalCode,
  refusalCodes,
  type RefusalRow,
  refusals,
  remedies,
  toProblem,
} from '../src/refusals.ts'

/** Said by the client itself, so no endpoint declares them. */
const clientSide: RefusalCode[] = ['network_unreachable']
/** Only ever the reason in a verdict (`can_send`, `can_reply`), before anything is refused. */
const inVerdicts: RefusalCode[] = ['messages_off']

function everyRow(rule: string, holds: (row: RefusalRow, code: RefusalCode) => boolean): void {
  test(`every row ${rule}`, () => {
    assert.deepEqual(
      refusalCodes.filter((code) => !holds(refusals[code], code)),
      [],
    )
  })
}

everyRow('has a snake_case code', (_row, code) => /^[a-z]+(_[a-z]+)*$/.test(code))

everyRow('has an HTTP status, unless only a client says it', ({ status }, code) =>
  clientSide.includes(code) ? status === 0 : status >= 400 && status < 600,
)

everyRow(
  'says a plain sentence or two, calmly',
  ({ sentence }) =>
    /^[A-Z][^!]*\.$/.test(sentence) &&
    sentence.length <= 140 &&
    !/\b(error|invalid|oops|sorry|failed)\b/i.test(sentence),
)

everyRow('offers remedies that have texts', (row) =>
  row.remedies.every((remedy) => /^[A-Z][^!.]*$/.test(remedies[remedy])),
)

everyRow(
  'that offers a remedy names somebody who can fix it (E1)',
  (row) => row.remedies.length === 0 || row.fixed_by.length > 0,
)

everyRow(
  'can be met: an endpoint declares it, or it is common, a verdict’s or a client’s',
  (_r, code) => {
    const declared = Object.values<Endpoint>(endpoints).flatMap((endpoint) => endpoint.refusals)
    return [...declared, ...commonRefusals, ...clientSide, ...inVerdicts].includes(code)
  },
)

everyRow('survives the wire', (_row, code) => {
  const refusal = new Refusal(code, { retry_after: 3, until: 1_800_000_000_000 })
  const problem = toProblem(refusal, 'r1')
  const received = fromProblem(JSON.parse(JSON.stringify(problem)) as typeof problem)
  assert.deepEqual(toProblem(received, 'r1'), problem)
  return problem.code === code
})

test('every remedy is offered by some row', () => {
  const offered: string[] = refusalCodes.flatMap((code) => refusals[code].remedies)
  assert.deepEqual(
    Object.keys(remedies).filter((name) => !offered.includes(name)),
    [],
  )
})

test('a code of a newer server becomes `internal`, which every client has a text for', () => {
  for (const code of ['from_the_future', 'constructor', '__proto__'])
    assert.equal(fromProblem({ code: code as RefusalCode }).code, 'internal')
})
