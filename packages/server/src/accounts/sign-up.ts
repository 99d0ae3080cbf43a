import type { Me, Session } from '@takeback/protocol/endpoints/accounts.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Visitor } from '../caller.ts'
import { foldName } from '../graph/profile.ts'
import { ADULT_AGE, isBirthDate, isOfAge } from '../policy/age.ts'
import { canBeName, canBeUsername } from '../policy/text.ts'
import type { AccountsDeps } from './deps.ts'
import { toMe } from './me.ts'
import { openSession } from './sessions.ts'
import { accountByUsername, insertAccount, type AccountRow } from './tables.ts'

export interface SignUpInput {
  username: string
  display_name: string
  password: string
  birth_date: string
}

/**
 * Opens an account and signs the visitor's device in.
 * @throws Refusal username_taken · invalid_input (name or date by rule)
 */
export const signUp =
  (deps: AccountsDeps) =>
  async (visitor: Visitor, input: SignUpInput): Promise<{ account: Me; session: Session }> => {
    const now = deps.clock()
    const username = input.username.toLowerCase()
    const refusal = canBeUsername(username) ?? canBeName(input.display_name)
    if (refusal !== null) throw refusal
    if (!isBirthDate(input.birth_date, now))
      throw new Refusal('invalid_input', { detail: 'birth_date is no possible date of birth.' })

    // A taken name is told before the costly hash; the insert below decides.
    if (await deps.store.read((tx) => accountByUsername(tx, username)))
      throw new Refusal('username_taken')
    const row: AccountRow = {
      id: deps.ids.next<AccountId>(),
      username,
      display_name: input.display_name,
      search_name: foldName(input.display_name),
      bio: '',
      birth_date: input.birth_date,
      password_hash: await deps.passwords.hash(input.password),
      who_can_message: isOfAge(input.birth_date, ADULT_AGE, now) ? 'friends' : 'no_one',
      created_at: now,
    }
    return deps.store.transact(async (tx) => {
      if ((await insertAccount(tx, row)) === 0) throw new Refusal('username_taken')
      await deps.openLog(tx, row.id)
      return { account: toMe(row), session: await openSession(deps, tx, row.id, visitor) }
    })
  }
