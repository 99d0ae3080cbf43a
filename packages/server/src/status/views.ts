import type { Incident } from '@takeback/protocol/endpoints/status.ts'
import type { Reader } from '../store/store.ts'
import { updatesOf, type IncidentRow } from './tables.ts'

/** Incidents as everybody sees them, in the order of the rows. */
export async function viewIncidents(tx: Reader, rows: readonly IncidentRow[]): Promise<Incident[]> {
  const updates = await updatesOf(
    tx,
    rows.map(({ id }) => id),
  )
  const byIncident = Map.groupBy(updates, ({ incident_id }) => incident_id)
  return rows.map((row) => ({
    ...row,
    updates: (byIncident.get(row.id) ?? []).map(({ text, created_at }) => ({ text, created_at })),
  }))
}

export async function viewIncident(tx: Reader, row: IncidentRow): Promise<Incident> {
  const [incident] = await viewIncidents(tx, [row])
  if (incident === undefined) throw new Error('An incident had no view.')
  return incident
}
