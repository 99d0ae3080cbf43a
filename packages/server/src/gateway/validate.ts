import { type AdminCommand, adminCommands } from '@takeback/protocol/admin.ts'
import { endpoints } from '@takeback/protocol/endpoints/registry.ts'
import { Ref, UpFrame } from '@takeback/protocol/frames.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { endpointNames, type EndpointName } from '@takeback/protocol/routes.ts'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

const adminCommandNames = Object.keys(adminCommands) as AdminCommand[]

const compiled = new Map(endpointNames.map((name) => [name, Compile(endpoints[name].input)]))
const compiledCommands = new Map(
  adminCommandNames.map((name) => [name, Compile(adminCommands[name].input)]),
)
const upFrame = Compile(UpFrame)
const validRef = Compile(Ref)

/**
 * The input of an endpoint, checked against its schema. What came in a query string is text; where
 * the schema wants a number it becomes one.
 * @throws Refusal invalid_input, naming the members that are wrong, never their content
 */
export function validInput(name: EndpointName, raw: object, fromQuery: boolean): object {
  const input = fromQuery ? withNumbers(endpoints[name].input.properties, raw) : raw
  const validator = compiled.get(name)
  if (validator === undefined || validator.Check(input)) return input
  throw new Refusal('invalid_input', { detail: explain(validator.Errors(input)) })
}

/** @throws Refusal not_found, invalid_input */
export function validCommand(name: string, raw: unknown): { command: AdminCommand; input: object } {
  const command = adminCommandNames.find((known) => known === name)
  const validator = command === undefined ? undefined : compiledCommands.get(command)
  if (command === undefined || validator === undefined) throw new Refusal('not_found')
  if (validator.Check(raw)) return { command, input: raw as object }
  throw new Refusal('invalid_input', { detail: explain(validator.Errors(raw)) })
}

/** Query texts as their schema's numbers; what is no plain decimal integer stays text, and is refused as such. */
function withNumbers(properties: Record<string, TSchema>, raw: object): object {
  const convert = ([key, value]: [string, unknown]): [string, unknown] => {
    const schema = Object.hasOwn(properties, key) ? properties[key] : undefined
    const isNumber = schema !== undefined && 'type' in schema && schema.type === 'integer'
    const isDecimal = typeof value === 'string' && /^\d{1,16}$/.test(value)
    return [key, isNumber && isDecimal ? Number(value) : value]
  }
  return Object.fromEntries(Object.entries(raw).map(convert))
}

/**
 * What a frame holds, whatever its shape.
 * @throws Refusal invalid_input
 */
export function readFrame({ data, isBinary }: { data: Buffer; isBinary: boolean }): unknown {
  if (isBinary) throw new Refusal('invalid_input', { detail: 'Frames are text.' })
  try {
    return JSON.parse(data.toString()) as unknown
  } catch {
    throw new Refusal('invalid_input', { detail: 'The frame is not JSON.' })
  }
}

/** @throws Refusal invalid_input */
export function validFrame(frame: unknown): UpFrame {
  if (upFrame.Check(frame)) return frame
  throw new Refusal('invalid_input', { detail: 'The frame has not the shape of any frame.' })
}

/** The ref of a frame, for its answer; also of one that is malformed otherwise. */
export function refOf(frame: unknown): { ref?: string } {
  if (typeof frame !== 'object' || frame === null || !('ref' in frame)) return {}
  return validRef.Check(frame.ref) ? { ref: frame.ref } : {}
}

function explain(errors: { instancePath: string; message: string; keyword?: string }[]): string {
  const members = errors
    .filter((error) => error.keyword !== 'boolean')
    .map((error) => `${error.instancePath.slice(1, 60) || 'input'} ${error.message}`)
  return `${[...new Set(members)].slice(0, 5).join('; ') || 'input is not an object'}.`
}
