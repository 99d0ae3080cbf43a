import type { Incident, IncidentKind, IncidentUpdate } from '@takeback/protocol/endpoints/status.ts'
import type { IncidentId } from '@takeback/protocol/ids.ts'
import { allIn, type Reader, type Transaction } from '../store/store.ts'

export interface IncidentRow {
  id: IncidentId
  kind: IncidentKind
  title: string
  text: string
  state: Incident['state']
  created_at: number
  updated_at: number
  resolved_at: number | null
}

const columns = 'id, kind, title, text, state, created_at, updated_at, resolved_at'

export const insertIncident = (tx: Transaction, row: IncidentRow) =>
  tx.run(`insert into incidents (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8)`, [
    row.id,
    row.kind,
    row.title,
    row.text,
    row.state,
    row.created_at,
    row.updated_at,
    row.resolved_at,
  ])

/** Holds it until commit, so that its updates come one after the other. */
export const lockIncident = (tx: Transaction, id: IncidentId) =>
  tx.get<IncidentRow>(`select ${columns} from incidents where id = $1 ${tx.lockRow}`, [id])

export const setIncidentState = (
  tx: Transaction,
  { id, state, updated_at, resolved_at }: IncidentRow,
) =>
  tx.run('update incidents set state = $2, updated_at = $3, resolved_at = $4 where id = $1', [
    id,
    state,
    updated_at,
    resolved_at,
  ])

/** Of an incident that is held. */
export const insertUpdate = (tx: Transaction, id: IncidentId, text: string, now: number) =>
  tx.run(
    `insert into incident_updates (incident_id, seq, text, created_at)
     select cast($1 as text), coalesce(max(seq), 0) + 1, cast($2 as text), cast($3 as bigint)
     from incident_updates where incident_id = $1`,
    [id, text, now],
  )

/** Those that are open and those that were resolved after a moment, newest first. */
export const incidentsSince = (tx: Reader, resolvedAfter: number) =>
  tx.all<IncidentRow>(
    `select ${columns} from incidents where state = 'open'
     union all
     select ${columns} from incidents where state = 'resolved' and resolved_at > $1
     order by created_at desc, id desc`,
    [resolvedAfter],
  )

export const newestIncidents = (tx: Reader, limit: number) =>
  tx.all<IncidentRow>(
    `select ${columns} from incidents order by created_at desc, id desc limit $1`,
    [limit],
  )

/** Of each incident oldest first. */
export const updatesOf = (tx: Reader, ids: readonly IncidentId[]) =>
  allIn<IncidentUpdate & { incident_id: IncidentId }>(
    tx,
    ids,
    (list) =>
      `select incident_id, text, created_at from incident_updates
       where incident_id in (${list}) order by incident_id, seq`,
  )
