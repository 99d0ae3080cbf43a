import type { Me, Session } from '@takeback/protocol/endpoints/accounts.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Visitor } from '../caller.ts'
import { foldUsername } from '../username.ts'
import type { AccountsDeps } from './deps.ts'
import { toMe } from './me.ts'
import { openSession } from './sessions.ts'
import { accountByUsername } from './tables.ts'

/**
 * Signs a device in. An unknown username costs the same time and gives the same answer as a wrong
 * password, so that nobody learns here which accounts exist.
 * @throws Refusal wrong_password
 */
export const signIn =
  (deps: AccountsDeps) =>
  async (
    visitor: Visitor,
    input: { username: string; password: string },
  ): Promise<{ account: Me; session: Session }> => {
    const username = foldUsername(input.username)
    const row = await deps.store.read((tx) => accountByUsername(tx, username))
    const right = await deps.passwords.verify(input.password, row?.password_hash ?? null)
    if (row === undefined || !right) throw new Refusal('wrong_password')
    return deps.store.transact(async (tx) => ({
      account: toMe(row),
      session: await openSession(deps, tx, row.id, visitor),
    }))
  }
