import type { AdminInput } from '@takeback/protocol/admin.ts'
import type { Incident } from '@takeback/protocol/endpoints/status.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { canBeWords } from '../policy/text.ts'
import type { Transaction } from '../store/store.ts'
import type { StatusDeps } from './status.ts'
import { insertUpdate, lockIncident, setIncidentState } from './tables.ts'
import { viewIncident } from './views.ts'

/** Ends it, with a last word if one is given. */
export const resolveIncident =
  ({ clock }: StatusDeps) =>
  async (tx: Transaction, input: AdminInput<'incidents.resolve'>): Promise<Incident> => {
    const { incident_id, text } = input
    const refusal = text === undefined ? null : canBeWords('text', text)
    if (refusal !== null) throw refusal
    const row = await lockIncident(tx, incident_id)
    if (row === undefined) throw new Refusal('not_found')
    // A last word that came second would otherwise be lost in silence.
    if (row.state === 'resolved')
      throw new Refusal('invalid_input', { detail: 'It is resolved already.' })
    const now = clock()
    if (text !== undefined) await insertUpdate(tx, incident_id, text, now)
    const changed = { ...row, state: 'resolved' as const, updated_at: now, resolved_at: now }
    await setIncidentState(tx, changed)
    return viewIncident(tx, changed)
  }
