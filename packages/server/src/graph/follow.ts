import type { Profile } from '@takeback/protocol/endpoints/accounts.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Caller } from '../caller.ts'
import type { Transaction } from '../store/store.ts'
import type { GraphDeps } from './graph.ts'
import { profileOf } from './profile.ts'
import { deleteFollow, insertFollow, pairs } from './tables.ts'

export const follow =
  (deps: GraphDeps) =>
  async (tx: Transaction, caller: Caller, input: { account_id: AccountId }): Promise<Profile> => {
    refuseSelf(caller, input.account_id)
    // Read first, so that following nobody is refused before anything is written.
    await profileOf(tx, caller.account_id, input.account_id)
    const changed = await insertFollow(tx, caller.account_id, input.account_id, deps.clock())
    if (changed > 0) await tellBoth(deps, tx, caller.account_id, input.account_id)
    return profileOf(tx, caller.account_id, input.account_id)
  }

export const unfollow =
  (deps: GraphDeps) =>
  async (tx: Transaction, caller: Caller, input: { account_id: AccountId }): Promise<Profile> => {
    const changed = await deleteFollow(tx, caller.account_id, input.account_id)
    if (changed > 0) await tellBoth(deps, tx, caller.account_id, input.account_id)
    return profileOf(tx, caller.account_id, input.account_id)
  }

/** Both learn of it, except that somebody who blocked me hears nothing of me any more. */
async function tellBoth(
  { tellRelation }: GraphDeps,
  tx: Transaction,
  me: AccountId,
  other: AccountId,
): Promise<void> {
  const [pair] = await pairs(tx, [{ me, them: other }])
  await tellRelation(tx, [
    { account_id: me, subject_id: other },
    ...(pair?.blocked_by === 0 ? [{ account_id: other, subject_id: me }] : []),
  ])
}

export function refuseSelf(caller: Caller, other: AccountId): void {
  if (caller.account_id === other)
    throw new Refusal('invalid_input', { detail: 'account_id is your own.' })
}
