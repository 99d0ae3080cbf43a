import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Store } from '../store/store.ts'
import { getStatus } from './get-status.ts'
import { listIncidents } from './list-incidents.ts'
import { openIncident } from './open-incident.ts'
import { resolveIncident } from './resolve-incident.ts'
import { updateIncident } from './update-incident.ts'

export interface StatusDeps {
  store: Store
  clock: Clock
  ids: Ids
}

export type Status = ReturnType<typeof createStatus>

/** How the service fares: by itself, and in the operator's words. */
export function createStatus(deps: StatusDeps) {
  return {
    getStatus: getStatus(deps),
    openIncident: openIncident(deps),
    updateIncident: updateIncident(deps),
    resolveIncident: resolveIncident(deps),
    listIncidents,
  }
}
