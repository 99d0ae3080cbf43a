import type { AdminOutput } from '@takeback/protocol/admin.ts'
import type { Reader } from '../store/store.ts'
import { newestIncidents } from './tables.ts'
import { viewIncidents } from './views.ts'

const MOST = 100

export const listIncidents = async (tx: Reader): Promise<AdminOutput<'incidents.list'>> => ({
  items: await viewIncidents(tx, await newestIncidents(tx, MOST)),
})
