import type { IncidentId } from '@takeback/protocol/ids.ts'

const KEY = 'takeback.dismissed'
/** Announcements are few: older ones are over by then. */
const MOST = 20

/** Announcements that were dismissed in this browser. */
export const readDismissed = (): IncidentId[] =>
  (localStorage.getItem(KEY) ?? '').split(' ') as IncidentId[]

/** With what was dismissed before. */
export function rememberDismissed(id: IncidentId): IncidentId[] {
  const dismissed = [...readDismissed(), id].slice(-MOST)
  localStorage.setItem(KEY, dismissed.join(' '))
  return dismissed
}
