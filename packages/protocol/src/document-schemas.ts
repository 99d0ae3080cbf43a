import { Type, type Static, type TSchema } from 'typebox'
import {
  AccountSummary,
  Device,
  Me,
  Profile,
  Relation,
  Session,
  Settings,
  SignedIn,
} from './endpoints/accounts.ts'
import { Conversation, Member, OpenConversation, Verdict } from './endpoints/conversations.ts'
import { Message, MessageEdit } from './endpoints/messages.ts'
import { Incident, IncidentUpdate } from './endpoints/status.ts'
import { Reset, Snapshot } from './endpoints/sync.ts'
import { EventPage, LogEvent } from './events.ts'
import { type Problem, refusalCodes, type Remedy, remedies } from './refusals.ts'

export type Json = null | boolean | number | string | Json[] | { [member: string]: Json }
export type JsonObject = { [member: string]: Json }

const literals = <T extends string>(values: readonly T[]) => Type.Unsafe<T>({ enum: [...values] })

/** RFC 9457 problem document. Open: a later version may say more. */
export const ProblemSchema = Type.Object({
  type: Type.String({ description: 'Help page of the code, relative to the service.' }),
  title: Type.String({ description: 'The plain sentence of the code.' }),
  status: Type.Integer(),
  code: literals(refusalCodes),
  detail: Type.String({ description: 'More about this very case; never content.' }),
  remedies: Type.Array(literals(Object.keys(remedies) as Remedy[])),
  retryable: Type.Boolean({
    description: 'The very same request may succeed later without anybody doing anything.',
  }),
  fixed_by: Type.Array(literals(['you', 'they', 'operator', 'time'])),
  retry_after: Type.Optional(Type.Number({ description: 'Seconds.' })),
  until: Type.Optional(Type.Integer({ description: 'Unix time, milliseconds.' })),
  request_id: Type.Optional(Type.String()),
})
/** Does not compile when the interface and the schema part. */
export const problemIsDescribed: Problem extends Static<typeof ProblemSchema>
  ? Static<typeof ProblemSchema> extends Problem
    ? true
    : never
  : never = true

/** Shapes that documents refer to by name, wherever they stand inside another. */
const named: Record<string, TSchema> = {
  AccountSummary,
  Conversation,
  Device,
  EventPage,
  Incident,
  IncidentUpdate,
  LogEvent,
  Me,
  Member,
  Message,
  MessageEdit,
  OpenConversation,
  Problem: ProblemSchema,
  Profile,
  Relation,
  Reset,
  Session,
  Settings,
  SignedIn,
  Snapshot,
  Verdict,
}

/** JSON text of a schema → its name: two equal shapes are the same shape to a reader. */
const names = new Map(
  Object.entries(named).map(([name, schema]) => [JSON.stringify(schema), name] as const),
)

/**
 * A schema as a document shows it: named shapes as references, unions of literals as enums.
 * What the service sends is shown open, since a later version may add members.
 */
export function shown(schema: TSchema, direction: 'up' | 'down'): Json {
  return refer(plain(schema), direction)
}

/** `components.schemas` of both documents. All of them are things the service sends. */
export function namedSchemas(): JsonObject {
  return Object.fromEntries(
    Object.entries(named).map(([name, schema]) => [name, referInside(plain(schema), 'down')]),
  )
}

function plain(schema: TSchema): JsonObject {
  return JSON.parse(JSON.stringify(schema)) as JsonObject
}

function refer(value: Json, direction: 'up' | 'down'): Json {
  if (Array.isArray(value)) return value.map((one) => refer(one, direction))
  if (value === null || typeof value !== 'object') return value
  const name = names.get(JSON.stringify(value))
  if (name === undefined) return referInside(value, direction)
  return { $ref: `#/components/schemas/${name}` }
}

function referInside(schema: JsonObject, direction: 'up' | 'down'): JsonObject {
  const literals = literalsOf(schema)
  if (literals !== undefined) return { type: 'string', enum: literals }
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => direction === 'up' || key !== 'additionalProperties')
      .map(([key, value]) => [key, refer(value, direction)]),
  )
}

/** `anyOf` of string constants says less plainly what `enum` says. */
function literalsOf({ anyOf }: JsonObject): string[] | undefined {
  if (!Array.isArray(anyOf)) return undefined
  const values = anyOf.map((one) =>
    one !== null && typeof one === 'object' && !Array.isArray(one) ? one['const'] : undefined,
  )
  return values.every((value) => typeof value === 'string') ? values : undefined
}
