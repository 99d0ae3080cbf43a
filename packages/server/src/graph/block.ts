import type { Profile } from '@takeback/protocol/endpoints/accounts.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import type { Caller } from '../caller.ts'
import type { Transaction } from '../store/store.ts'
import { refuseSelf } from './follow.ts'
import type { GraphDeps } from './graph.ts'
import { profileOf } from './profile.ts'
import { deleteBlock, insertBlock, lockAccounts } from './tables.ts'

/**
 * Comes first in a block and its end: nobody opens a conversation between the two meanwhile, and who
 * changes one that is there comes before or after as a whole (X1).
 */
export const holdPair = (tx: Transaction, caller: Caller, input: { account_id: AccountId }) =>
  lockAccounts(tx, [caller.account_id, input.account_id])

/**
 * Only the blocker's own log learns of a block, and no follow is touched: both would show the
 * blocked person what happened (X2).
 */
export const block =
  (deps: GraphDeps) =>
  async (tx: Transaction, caller: Caller, input: { account_id: AccountId }): Promise<Profile> => {
    refuseSelf(caller, input.account_id)
    await profileOf(tx, caller.account_id, input.account_id)
    const changed = await insertBlock(tx, caller.account_id, input.account_id, deps.clock())
    if (changed > 0) await tellMe(deps, tx, caller, input.account_id)
    return profileOf(tx, caller.account_id, input.account_id)
  }

const tellMe = (deps: GraphDeps, tx: Transaction, caller: Caller, other: AccountId) =>
  deps.tellRelation(tx, [{ account_id: caller.account_id, subject_id: other }])

export const unblock =
  (deps: GraphDeps) =>
  async (tx: Transaction, caller: Caller, input: { account_id: AccountId }): Promise<Profile> => {
    const changed = await deleteBlock(tx, caller.account_id, input.account_id)
    if (changed > 0) await tellMe(deps, tx, caller, input.account_id)
    return profileOf(tx, caller.account_id, input.account_id)
  }
