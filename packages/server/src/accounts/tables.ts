import type { Settings } from '@takeback/protocol/endpoints/accounts.ts'
import type { AccountId, DeviceId } from '@takeback/protocol/ids.ts'
import { allIn, type Reader, type Transaction } from '../store/store.ts'

export interface AccountRow {
  id: AccountId
  username: string
  display_name: string
  search_name: string
  bio: string
  birth_date: string
  password_hash: string
  who_can_message: Settings['who_can_message']
  created_at: number
}

export interface DeviceRow {
  id: DeviceId
  account_id: AccountId
  token_hash: string
  name: string
  created_at: number
  last_seen_at: number
  revoked_at: number | null
}

const deviceColumns = 'id, account_id, token_hash, name, created_at, last_seen_at, revoked_at'

/** Returns 0 if the username is taken. */
export const insertAccount = (tx: Transaction, row: AccountRow) =>
  tx.run(
    `insert into accounts (id, username, display_name, search_name, bio, birth_date, password_hash, who_can_message, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
    [
      row.id,
      row.username,
      row.display_name,
      row.search_name,
      row.bio,
      row.birth_date,
      row.password_hash,
      row.who_can_message,
      row.created_at,
    ],
  )

export const accountById = (tx: Reader, id: AccountId) =>
  tx.get<AccountRow>('select * from accounts where id = $1', [id])

/** Holds an account until commit. */
export const lockAccount = (tx: Transaction, id: AccountId) =>
  tx.get<AccountRow>(`select * from accounts where id = $1 ${tx.lockRow}`, [id])

export const accountByUsername = (tx: Reader, username: string) =>
  tx.get<AccountRow>('select * from accounts where username = $1', [username])

export const setProfile = (tx: Transaction, row: AccountRow) =>
  tx.run(
    'update accounts set display_name = $2, search_name = $3, bio = $4, who_can_message = $5 where id = $1',
    [row.id, row.display_name, row.search_name, row.bio, row.who_can_message],
  )

export const insertDevice = (tx: Transaction, row: DeviceRow) =>
  tx.run(
    `insert into devices (id, account_id, token_hash, name, created_at, last_seen_at, acked_seq, acked_at)
     values ($1, $2, $3, $4, $5, $6, 0, $5)`,
    [row.id, row.account_id, row.token_hash, row.name, row.created_at, row.last_seen_at],
  )

export const deviceByToken = (tx: Reader, tokenHash: string) =>
  tx.get<DeviceRow>(`select ${deviceColumns} from devices where token_hash = $1`, [tokenHash])

export const deviceById = (tx: Reader, id: DeviceId) =>
  tx.get<DeviceRow>(`select ${deviceColumns} from devices where id = $1`, [id])

export const liveDevices = (tx: Reader, account: AccountId) =>
  tx.all<DeviceRow>(
    `select ${deviceColumns} from devices where account_id = $1 and revoked_at is null order by created_at desc`,
    [account],
  )

export const liveAmong = (tx: Reader, ids: readonly DeviceId[]) =>
  allIn<{ id: DeviceId }>(
    tx,
    ids,
    (list) => `select id from devices where id in (${list}) and revoked_at is null`,
  )

export const revokedSince = (tx: Reader, since: number) =>
  tx.all<{ id: DeviceId }>('select id from devices where revoked_at >= $1', [since])

export const setRevoked = (tx: Transaction, id: DeviceId, now: number) =>
  tx.run('update devices set revoked_at = $2 where id = $1 and revoked_at is null', [id, now])

export const setSeen = (tx: Transaction, id: DeviceId, now: number) =>
  tx.run('update devices set last_seen_at = $2 where id = $1', [id, now])
