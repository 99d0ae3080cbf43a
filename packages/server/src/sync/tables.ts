import type { AccountId, ConversationId, DeviceId } from '@takeback/protocol/ids.ts'
import {
  allGiven,
  allIn,
  insertRows,
  runGiven,
  type Reader,
  type Transaction,
} from '../store/store.ts'
import { kinds, type Kind } from './kinds.ts'

export interface LogRow {
  seq: number
  kind: Kind
  conversation_id: ConversationId | null
  message_seq: number | null
  subject_id: AccountId | null
}

export interface NewEvent {
  account_id: AccountId
  kind: Kind
  conversation_id?: ConversationId
  message_seq?: number
  subject_id?: AccountId
}

export interface LogState {
  account_id: AccountId
  head: number
  trimmed_seq: number
  delivered_seq: number
}

export const createLog = (tx: Transaction, account: AccountId) =>
  tx.run('insert into logs (account_id, head, trimmed_seq, delivered_seq) values ($1, 0, 0, 0)', [
    account,
  ])

export const logStates = (tx: Reader, accounts: readonly AccountId[]) =>
  allIn<LogState>(
    tx,
    accounts,
    (list) =>
      `select account_id, head, trimmed_seq, delivered_seq from logs where account_id in (${list})`,
  )

/** Holds logs until commit, in the order of account ids; returns them as they stand, in that order. */
export const lockLogs = (tx: Transaction, accounts: readonly AccountId[]) =>
  allIn<Pick<LogState, 'account_id' | 'head'>>(
    tx,
    accounts.toSorted(),
    (list) =>
      `select account_id, head from logs where account_id in (${list}) order by account_id ${tx.lockRow}`,
  )

export const setHeads = (
  tx: Transaction,
  heads: readonly Pick<LogState, 'account_id' | 'head'>[],
) =>
  runGiven(
    tx,
    { account: 'text', seq: 'bigint' },
    heads.map(({ account_id, head }) => [account_id, head]),
    'update logs set head = given.seq from given where account_id = given.account',
  )

export async function insertEvents(
  tx: Transaction,
  rows: readonly (NewEvent & { seq: number })[],
  at: number,
): Promise<void> {
  await insertRows(
    tx,
    'events (account_id, seq, kind, at, conversation_id, message_seq, subject_id)',
    rows.map((row) => [
      row.account_id,
      row.seq,
      row.kind,
      at,
      row.conversation_id ?? null,
      row.message_seq ?? null,
      row.subject_id ?? null,
    ]),
  )
}

/** Where a log stands, with its next events after a seq: one look at one state. */
export async function readLog(
  tx: Reader,
  account: AccountId,
  after: number,
  limit: number,
): Promise<{ head: number; trimmed_seq: number; rows: LogRow[] }> {
  const rows = await tx.all<LogRow & { seq: number | null; head: number; trimmed_seq: number }>(
    `select l.head, l.trimmed_seq, e.seq, e.kind, e.conversation_id, e.message_seq, e.subject_id
     from logs l left join events e on e.account_id = l.account_id and e.seq > $2
     where l.account_id = $1 order by e.seq limit $3`,
    [account, after, limit],
  )
  const [first] = rows
  return {
    head: first?.head ?? 0,
    trimmed_seq: first?.trimmed_seq ?? 0,
    // A log with nothing after that seq is one row without an event.
    rows: first === undefined || first.seq === null ? [] : rows,
  }
}

/** How far a person has received a conversation. */
export interface Received {
  account_id: AccountId
  conversation_id: ConversationId
  seq: number
}

/** Per person and conversation, the highest message of somebody else between two places of the log. */
export const receivedBetween = (
  tx: Reader,
  ranges: readonly { account_id: AccountId; after: number; through: number }[],
) =>
  allGiven<Received>(
    tx,
    { account: 'text', after: 'bigint', through: 'bigint' },
    ranges.map((range) => [range.account_id, range.after, range.through]),
    `select e.account_id, e.conversation_id, max(e.message_seq) as seq from given cross join events e
     where e.account_id = given.account and e.seq > given.after and e.seq <= given.through
       and e.kind = ${kinds.messageNew}
     group by e.account_id, e.conversation_id`,
  )

/** Marks only rise. */
export const setDelivered = (
  tx: Transaction,
  marks: readonly { account_id: AccountId; seq: number }[],
) =>
  runGiven(
    tx,
    { account: 'text', seq: 'bigint' },
    marks.map(({ account_id, seq }) => [account_id, seq]),
    `update logs set delivered_seq = given.seq from given
     where account_id = given.account and delivered_seq < given.seq`,
  )

/** Marks only rise. */
export const setAcked = (
  tx: Transaction,
  marks: readonly { device_id: DeviceId; seq: number }[],
  now: number,
) =>
  runGiven(
    tx,
    { device: 'text', seq: 'bigint', now: 'bigint' },
    marks.map(({ device_id, seq }) => [device_id, seq, now]),
    `update devices set acked_seq = given.seq, acked_at = given.now from given
     where id = given.device and acked_seq < given.seq`,
  )

export const logsAfter = (tx: Reader, account: string, limit: number) =>
  tx.all<{ account_id: AccountId }>(
    'select account_id from logs where account_id > $1 order by account_id limit $2',
    [account, limit],
  )

/** Highest event of a log that is older than `before`; null if none is. */
export const lastOlder = (tx: Reader, account: AccountId, before: number) =>
  tx.get<{ seq: number | null }>(
    'select max(seq) as seq from events where account_id = $1 and at < $2',
    [account, before],
  )

export async function trimThrough(tx: Transaction, account: AccountId, seq: number): Promise<void> {
  await tx.run('delete from events where account_id = $1 and seq <= $2', [account, seq])
  await tx.run('update logs set trimmed_seq = $2 where account_id = $1 and trimmed_seq < $2', [
    account,
    seq,
  ])
}

export const readEpoch = (tx: Reader) =>
  tx.get<{ value: string }>("select value from installation where name = 'epoch'")

/** Leaves an epoch that is there. */
export const writeEpoch = (tx: Transaction, epoch: string) =>
  tx.run("insert into installation (name, value) values ('epoch', $1) on conflict do nothing", [
    epoch,
  ])
