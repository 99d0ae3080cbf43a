import type { Incident } from '@takeback/protocol/endpoints/status.ts'
import type { IncidentId } from '@takeback/protocol/ids.ts'

/** The newest open incident; else the newest announcement that was not dismissed here; else null. */
export function newestOpen(
  incidents: readonly Incident[],
  dismissed: readonly IncidentId[],
): Incident | null {
  const open = incidents
    .filter(({ state }) => state === 'open')
    .toSorted((a, b) => b.created_at - a.created_at)
  return (
    open.find(({ kind }) => kind === 'incident') ??
    open.find(({ id }) => !dismissed.includes(id)) ??
    null
  )
}
