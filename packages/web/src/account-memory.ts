import type { AccountId } from '@takeback/protocol/ids.ts'
import type { AccountMemory } from './session.ts'

const KEY = 'takeback.account'

/** The cookie is out of a page's reach, so the account is remembered beside it: its id, nothing secret. */
export function rememberAccount(storage: Storage): AccountMemory {
  return {
    read: () => storage.getItem(KEY) as AccountId | null,
    write: (id) => (id === null ? storage.removeItem(KEY) : storage.setItem(KEY, id)),
  }
}
