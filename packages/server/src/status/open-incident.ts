import type { AdminInput } from '@takeback/protocol/admin.ts'
import type { Incident } from '@takeback/protocol/endpoints/status.ts'
import type { IncidentId } from '@takeback/protocol/ids.ts'
import { canBeLine, canBeWords } from '../policy/text.ts'
import type { Transaction } from '../store/store.ts'
import type { StatusDeps } from './status.ts'
import { insertIncident } from './tables.ts'
import { viewIncident } from './views.ts'

export const openIncident =
  ({ clock, ids }: StatusDeps) =>
  async (tx: Transaction, input: AdminInput<'incidents.open'>): Promise<Incident> => {
    const { kind, title, text } = input
    const refusal = canBeLine('title', title) ?? canBeWords('text', text)
    if (refusal !== null) throw refusal
    const now = clock()
    const row = {
      id: ids.next<IncidentId>(),
      kind,
      title,
      text,
      state: 'open' as const,
      created_at: now,
      updated_at: now,
      resolved_at: null,
    }
    await insertIncident(tx, row)
    return viewIncident(tx, row)
  }
