import type { AdminCommand, AdminInput, AdminOutput } from '@takeback/protocol/admin.ts'
import type { Status } from '../status/status.ts'
import type { Store } from '../store/store.ts'

export type AdminHandlers = {
  [Name in AdminCommand]: (input: AdminInput<Name>) => Promise<AdminOutput<Name>>
}

/** Which room does what the operator commands, and in what kind of transaction. */
export const createAdminHandlers = ({
  store,
  status,
}: {
  store: Store
  status: Status
}): AdminHandlers => ({
  'incidents.open': (input) => store.transact((tx) => status.openIncident(tx, input)),
  'incidents.update': (input) => store.transact((tx) => status.updateIncident(tx, input)),
  'incidents.resolve': (input) => store.transact((tx) => status.resolveIncident(tx, input)),
  'incidents.list': () => store.read(status.listIncidents),
})
