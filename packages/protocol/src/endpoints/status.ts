import { Type, type Static } from 'typebox'
import { IncidentId } from '../ids.ts'
import { endpoint } from './endpoint.ts'
import { closed, Empty, nullable, Time } from './shapes.ts'

/** `incident`: something does not work. `announcement`: something to know, such as planned maintenance. */
export const IncidentKind = Type.Union([Type.Literal('incident'), Type.Literal('announcement')])
export type IncidentKind = Static<typeof IncidentKind>

export const IncidentUpdate = closed({ text: Type.String(), created_at: Time })
export type IncidentUpdate = Static<typeof IncidentUpdate>

export const Incident = closed({
  id: IncidentId,
  kind: IncidentKind,
  title: Type.String(),
  text: Type.String(),
  state: Type.Union([Type.Literal('open'), Type.Literal('resolved')]),
  created_at: Time,
  updated_at: Time,
  resolved_at: nullable(Time),
  /** Oldest first. */
  updates: Type.Array(IncidentUpdate),
})
export type Incident = Static<typeof Incident>

export const getStatus = endpoint({
  name: 'status.get',
  summary:
    'Whether the service is well: `degraded` while messages cannot be stored. With the incidents and announcements that are open or were resolved within 7 days, newest first. As a page for people where `text/html` is asked for.',
  auth: 'none',
  input: Empty,
  output: closed({
    status: Type.Union([Type.Literal('ok'), Type.Literal('degraded')]),
    version: Type.String(),
    time: Time,
    incidents: Type.Array(Incident),
  }),
  success: 200,
  budget: 'read',
  refusals: [],
})
