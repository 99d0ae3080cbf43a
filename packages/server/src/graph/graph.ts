import type { AccountId } from '@takeback/protocol/ids.ts'
import type { Clock } from '../clock.ts'
import type { Transaction } from '../store/store.ts'
import { block, holdPair, unblock } from './block.ts'
import { follow, unfollow } from './follow.ts'
import { list } from './list.ts'
import { getAccount, profiles, search } from './profile.ts'
import { lockAccounts, pairs } from './tables.ts'

export interface GraphDeps {
  clock: Clock
  /** Appends "your relation to `subject_id` changed" to the log of each `account_id`. */
  tellRelation: (
    tx: Transaction,
    changes: readonly { account_id: AccountId; subject_id: AccountId }[],
  ) => Promise<void>
}

export type Graph = ReturnType<typeof createGraph>

/** Who people are to each other: follows, friends, blocks, profiles as somebody sees them. */
export function createGraph(deps: GraphDeps) {
  return {
    follow: follow(deps),
    unfollow: unfollow(deps),
    holdPair,
    block: block(deps),
    unblock: unblock(deps),
    following: list('following'),
    followers: list('followers'),
    friends: list('friends'),
    blocks: list('blocks'),
    getAccount,
    search,
    profiles,
    pairs,
    lockAccounts,
  }
}
