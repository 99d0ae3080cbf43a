import type { AdminInput } from '@takeback/protocol/admin.ts'
import type { Incident } from '@takeback/protocol/endpoints/status.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { canBeWords } from '../policy/text.ts'
import type { Transaction } from '../store/store.ts'
import type { StatusDeps } from './status.ts'
import { insertUpdate, lockIncident, setIncidentState } from './tables.ts'
import { viewIncident } from './views.ts'

/** Adds to what is known. What is resolved stays so. */
export const updateIncident =
  ({ clock }: StatusDeps) =>
  async (tx: Transaction, input: AdminInput<'incidents.update'>): Promise<Incident> => {
    const { incident_id, text } = input
    const refusal = canBeWords('text', text)
    if (refusal !== null) throw refusal
    const row = await lockIncident(tx, incident_id)
    if (row === undefined) throw new Refusal('not_found')
    const now = clock()
    await insertUpdate(tx, incident_id, text, now)
    const changed = { ...row, updated_at: now }
    await setIncidentState(tx, changed)
    return viewIncident(tx, changed)
  }
