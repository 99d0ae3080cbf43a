import type { AccountsDeps } from './deps.ts'
import { getMe, getSettings, updateMe, updateSettings, viewMe } from './me.ts'
import {
  authenticate,
  listSessions,
  revokedAmong,
  revokedLately,
  revokeSession,
} from './sessions.ts'
import { signIn } from './sign-in.ts'
import { signUp } from './sign-up.ts'

export type Accounts = ReturnType<typeof createAccounts>

/** Accounts, and the devices that are signed in to them. */
export function createAccounts(deps: AccountsDeps) {
  return {
    signUp: signUp(deps),
    signIn: signIn(deps),
    authenticate: authenticate(deps),
    listSessions,
    revokeSession: revokeSession(deps),
    revokedAmong,
    revokedLately: revokedLately(deps),
    getMe,
    updateMe: updateMe(deps),
    getSettings,
    updateSettings: updateSettings(deps),
    viewMe,
  }
}
