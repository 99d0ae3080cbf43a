import type { Me, Settings } from '@takeback/protocol/endpoints/accounts.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Caller } from '../caller.ts'
import { foldName } from '../graph/profile.ts'
import { canBeName, isStorable } from '../policy/text.ts'
import type { Reader, Transaction } from '../store/store.ts'
import type { AccountsDeps } from './deps.ts'
import { accountById, lockAccount, setProfile, type AccountRow } from './tables.ts'

export const toMe = (row: AccountRow): Me => ({
  id: row.id,
  username: row.username,
  display_name: row.display_name,
  bio: row.bio,
  birth_date: row.birth_date,
  created_at: row.created_at,
  settings: toSettings(row),
})

const toSettings = (row: AccountRow): Settings => ({ who_can_message: row.who_can_message })

function there(row: AccountRow | undefined): AccountRow {
  if (row === undefined) throw new Refusal('not_signed_in')
  return row
}

export const viewMe = async (tx: Reader, account: AccountId): Promise<Me> =>
  toMe(there(await accountById(tx, account)))

export const getMe = (tx: Reader, caller: Caller): Promise<Me> => viewMe(tx, caller.account_id)

export const getSettings = async (tx: Reader, caller: Caller): Promise<Settings> =>
  toSettings(there(await accountById(tx, caller.account_id)))

/** Changes what is given of display name and bio. */
export const updateMe =
  ({ tellMe }: AccountsDeps) =>
  async (
    tx: Transaction,
    caller: Caller,
    input: { display_name?: string; bio?: string },
  ): Promise<Me> => {
    const row = there(await lockAccount(tx, caller.account_id))
    const display_name = input.display_name ?? row.display_name
    const bio = input.bio ?? row.bio
    const refusal = canBeName(display_name)
    if (refusal !== null) throw refusal
    if (!isStorable(bio))
      throw new Refusal('invalid_input', { detail: 'bio holds NUL or a lone surrogate.' })
    const changed = { ...row, display_name, search_name: foldName(display_name), bio }
    await setProfile(tx, changed)
    await tellMe(tx, caller.account_id, display_name !== row.display_name)
    return toMe(changed)
  }

export const updateSettings =
  ({ tellMe }: AccountsDeps) =>
  async (tx: Transaction, caller: Caller, input: Partial<Settings>): Promise<Settings> => {
    const row = there(await lockAccount(tx, caller.account_id))
    const changed = { ...row, who_can_message: input.who_can_message ?? row.who_can_message }
    await setProfile(tx, changed)
    await tellMe(tx, caller.account_id)
    return toSettings(changed)
  }
