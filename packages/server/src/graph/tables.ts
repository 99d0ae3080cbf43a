import type { WhoCanMessage } from '@takeback/protocol/endpoints/accounts.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'
import { inList, withGiven, type Reader, type Transaction } from '../store/store.ts'

/** What a decision about one other person is made from, read inside the transaction it guards (P1). */
export interface PairRow {
  me: AccountId
  them: AccountId
  birth_date: string
  who_can_message: WhoCanMessage
  my_birth_date: string
  my_who_can_message: WhoCanMessage
  following: number
  followed_by: number
  blocked: number
  blocked_by: number
}

const flag = (condition: string) => `case when exists (${condition}) then 1 else 0 end`

const pairColumns = (me: string) => `
  ${flag(`select 1 from follows f where f.follower_id = ${me} and f.followee_id = a.id`)} as following,
  ${flag(`select 1 from follows f where f.follower_id = a.id and f.followee_id = ${me}`)} as followed_by,
  ${flag(`select 1 from blocks b where b.blocker_id = ${me} and b.blocked_id = a.id`)} as blocked,
  ${flag(`select 1 from blocks b where b.blocker_id = a.id and b.blocked_id = ${me}`)} as blocked_by`

const findPairs = withGiven<PairRow>(
  { me: 'text', them: 'text' },
  `select given.me, given.them, a.birth_date, a.who_can_message,
     i.birth_date as my_birth_date, i.who_can_message as my_who_can_message, ${pairColumns('i.id')}
   from given cross join accounts i cross join accounts a where i.id = given.me and a.id = given.them`,
)

/** Two people each, as the second stands to the first; in no order, without those that do not exist. */
export const pairs = (tx: Reader, wanted: readonly { me: AccountId; them: AccountId }[]) =>
  findPairs.all(
    tx,
    wanted.map(({ me, them }) => [me, them]),
  )

/**
 * Holds people until commit, in the order of their ids: between two that are held, nobody blocks or
 * opens a conversation meanwhile.
 */
export async function lockAccounts(tx: Transaction, ids: readonly AccountId[]): Promise<void> {
  const { sql, params } = inList(ids, 1)
  await tx.all(`select id from accounts where id in (${sql}) order by id ${tx.lockRow}`, params)
}

export interface ProfileRow {
  id: AccountId
  username: string
  display_name: string
  bio: string
  following: number
  followed_by: number
  blocked: number
  blocked_by: number
}

const profileColumns = `a.id, a.username, a.display_name, a.bio, ${pairColumns('$1')}`

export async function profilesById(
  tx: Reader,
  me: AccountId,
  ids: readonly AccountId[],
): Promise<ProfileRow[]> {
  const { sql, params } = inList(ids, 2)
  return tx.all(`select ${profileColumns} from accounts a where a.id in (${sql})`, [me, ...params])
}

export const profileByUsername = (tx: Reader, me: AccountId, username: string) =>
  tx.get<ProfileRow>(`select ${profileColumns} from accounts a where a.username = $2`, [
    me,
    username,
  ])

/**
 * Names that lie from `from` up to, but without, `to`, in either of two ordered columns. Of each the
 * first `limit` are enough, however many there are.
 */
export const profilesByName = (
  tx: Reader,
  me: AccountId,
  from: string,
  to: string,
  limit: number,
) =>
  tx.all<ProfileRow>(
    `select ${profileColumns} from accounts a where a.id in (
       select id from (select id from accounts where username >= $2 and username < $3 order by username limit $5) as u
       union
       select id from (select id from accounts where search_name >= $2 and search_name < $3 order by search_name, id limit $5) as n
     ) and a.id <> $1 order by a.username limit $4`,
    // One of them may be me.
    [me, from, to, limit, limit + 1],
  )

export type ListName = 'following' | 'followers' | 'friends' | 'blocks'

/** Who is in a list, from which table, and when they entered it. `$1` is me. */
const lists: Record<ListName, { from: string; id: string; where: string }> = {
  following: { from: 'follows e', id: 'e.followee_id', where: 'e.follower_id = $1' },
  followers: { from: 'follows e', id: 'e.follower_id', where: 'e.followee_id = $1' },
  friends: {
    from: 'follows e',
    id: 'e.followee_id',
    where:
      'e.follower_id = $1 and exists (select 1 from follows r where r.follower_id = e.followee_id and r.followee_id = $1)',
  },
  blocks: { from: 'blocks e', id: 'e.blocked_id', where: 'e.blocker_id = $1' },
}

export function listPage(
  tx: Reader,
  me: AccountId,
  name: ListName,
  before: { at: number; id: string },
  limit: number,
): Promise<(ProfileRow & { at: number })[]> {
  const { from, id, where } = lists[name]
  // My blocks hide people from my other lists; theirs of me show nowhere (X2).
  const unblocked =
    name === 'blocks'
      ? ''
      : 'and not exists (select 1 from blocks h where h.blocker_id = $1 and h.blocked_id = a.id)'
  return tx.all(
    `select ${profileColumns}, e.created_at as at from ${from} join accounts a on a.id = ${id}
     where ${where} ${unblocked} and (e.created_at < $2 or (e.created_at = $2 and a.id < $3))
     order by e.created_at desc, a.id desc limit $4`,
    [me, before.at, before.id, limit],
  )
}

export const insertFollow = (tx: Transaction, me: AccountId, other: AccountId, now: number) =>
  tx.run(
    'insert into follows (follower_id, followee_id, created_at) values ($1, $2, $3) on conflict do nothing',
    [me, other, now],
  )

export const deleteFollow = (tx: Transaction, me: AccountId, other: AccountId) =>
  tx.run('delete from follows where follower_id = $1 and followee_id = $2', [me, other])

export const insertBlock = (tx: Transaction, me: AccountId, other: AccountId, now: number) =>
  tx.run(
    'insert into blocks (blocker_id, blocked_id, created_at) values ($1, $2, $3) on conflict do nothing',
    [me, other, now],
  )

export const deleteBlock = (tx: Transaction, me: AccountId, other: AccountId) =>
  tx.run('delete from blocks where blocker_id = $1 and blocked_id = $2', [me, other])
