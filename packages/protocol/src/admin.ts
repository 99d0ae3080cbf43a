/**
 * Commands of the operator's, for the admin listener of a running service: `POST /{command}` with a
 * JSON object and the token of `admin.json`. They are no part of the public API.
 */
import { Type, type Static } from 'typebox'
import { closed, Empty } from './endpoints/shapes.ts'
import { Incident, IncidentKind } from './endpoints/status.ts'
import { IncidentId } from './ids.ts'

const Title = Type.String({ minLength: 1, maxLength: 120 })
const Text = Type.String({ minLength: 1, maxLength: 4000 })

export const adminCommands = {
  'incidents.open': {
    input: closed({ kind: IncidentKind, title: Title, text: Text }),
    output: Incident,
  },
  /** Also of what is resolved: what was learned afterwards is news too. */
  'incidents.update': {
    input: closed({ incident_id: IncidentId, text: Text }),
    output: Incident,
  },
  'incidents.resolve': {
    input: closed({ incident_id: IncidentId, text: Type.Optional(Text) }),
    output: Incident,
  },
  /** The newest 100. */
  'incidents.list': { input: Empty, output: closed({ items: Type.Array(Incident) }) },
} as const

export type AdminCommand = keyof typeof adminCommands
export type AdminInput<Name extends AdminCommand> = Static<(typeof adminCommands)[Name]['input']>
export type AdminOutput<Name extends AdminCommand> = Static<(typeof adminCommands)[Name]['output']>
