import type { Profile } from '@takeback/protocol/endpoints/accounts.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Caller } from '../caller.ts'
import type { Reader } from '../store/store.ts'
import { profileByUsername, profilesById, profilesByName, type ProfileRow } from './tables.ts'

/** A person as `me` sees them. What their block of me is never gets this far (X2). */
export const toProfile = (row: ProfileRow): Profile => ({
  id: row.id,
  username: row.username,
  display_name: row.display_name,
  bio: row.bio,
  relation: {
    following: row.following === 1,
    followed_by: row.followed_by === 1 && row.blocked === 0,
    friends: row.following === 1 && row.followed_by === 1 && row.blocked === 0,
    blocked: row.blocked === 1,
  },
})

export async function profiles(
  tx: Reader,
  viewer: AccountId,
  ids: readonly AccountId[],
): Promise<Profile[]> {
  return (await profilesById(tx, viewer, ids)).map(toProfile)
}

export async function profileOf(tx: Reader, viewer: AccountId, id: AccountId): Promise<Profile> {
  const [profile] = await profiles(tx, viewer, [id])
  if (profile === undefined) throw new Refusal('not_found')
  return profile
}

export async function getAccount(
  tx: Reader,
  caller: Caller,
  input: { username: string },
): Promise<Profile> {
  const row = await profileByUsername(tx, caller.account_id, input.username.toLowerCase())
  if (row === undefined) throw new Refusal('not_found')
  return toProfile(row)
}

/**
 * Lower case and without accents: how names are compared in a search. The end of a query need not
 * be the end of a word, so the Greek final sigma is a sigma like others.
 */
export const foldName = (name: string): string =>
  name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ς', 'σ')

export async function search(
  tx: Reader,
  caller: Caller,
  input: { q: string; limit?: number },
): Promise<{ items: Profile[]; next_cursor: null }> {
  const from = foldName(input.q.trim().replace(/^@/, ''))
  if (from === '') return { items: [], next_cursor: null }
  const to = `${from}\u{10ffff}`
  const rows = await profilesByName(tx, caller.account_id, from, to, input.limit ?? 20)
  return { items: rows.map(toProfile), next_cursor: null }
}
