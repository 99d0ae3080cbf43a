import type { AccountId, ConversationId, DeviceId } from '@takeback/protocol/ids.ts'
import { allIn, insertInto, withGiven, type Reader, type Transaction } from '../store/store.ts'
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

const setHeadsSql = withGiven(
  { account: 'text', seq: 'bigint' },
  'update logs set head = given.seq from given where account_id = given.account',
)

export const setHeads = (
  tx: Transaction,
  heads: readonly Pick<LogState, 'account_id' | 'head'>[],
) =>
  setHeadsSql.run(
    tx,
    heads.map(({ account_id, head }) => [account_id, head]),
  )

const insertEventsSql = insertInto('events', [
  'account_id',
  'seq',
  'kind',
  'at',
  'conversation_id',
  'message_seq',
  'subject_id',
])

export const insertEvents = (
  tx: Transaction,
  rows: readonly (NewEvent & { seq: number })[],
  at: number,
) =>
  insertEventsSql(
    tx,
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

/** A stretch of a log: events past `after`, up to and with `through`. */
export interface LogStretch {
  account_id: AccountId
  after: number
  through: number
}

const readLogsSql = withGiven<LogRow & { stretch: number }>(
  { stretch: 'bigint', account: 'text', after: 'bigint', through: 'bigint' },
  `select given.stretch, e.seq, e.kind, e.conversation_id, e.message_seq, e.subject_id
   from given cross join events e
   where e.account_id = given.account and e.seq > given.after and e.seq <= given.through`,
)

/** The events of each of these stretches, in order. */
export async function readLogs(tx: Reader, stretches: readonly LogStretch[]): Promise<LogRow[][]> {
  const found = stretches.map((): LogRow[] => [])
  const rows = await readLogsSql.all(
    tx,
    stretches.map(({ account_id, after, through }, index) => [index, account_id, after, through]),
  )
  // Seqs have no gaps (S1), so each event has its place, in whatever order they come.
  for (const row of rows) {
    const after = stretches[row.stretch]?.after ?? 0
    const list = found[row.stretch]
    if (list !== undefined) list[row.seq - after - 1] = row
  }
  return found
}

/** How far a person has received a conversation. */
export interface Received {
  account_id: AccountId
  conversation_id: ConversationId
  seq: number
}

const receivedBetweenSql = withGiven<Received>(
  { account: 'text', after: 'bigint', through: 'bigint' },
  `select e.account_id, e.conversation_id, max(e.message_seq) as seq from given cross join events e
   where e.account_id = given.account and e.seq > given.after and e.seq <= given.through
     and e.kind = ${kinds.messageNew}
   group by e.account_id, e.conversation_id`,
)

/** Per person and conversation, the highest message of somebody else between two places of the log. */
export const receivedBetween = (
  tx: Reader,
  ranges: readonly { account_id: AccountId; after: number; through: number }[],
) =>
  receivedBetweenSql.all(
    tx,
    ranges.map((range) => [range.account_id, range.after, range.through]),
  )

const setDeliveredSql = withGiven(
  { account: 'text', seq: 'bigint' },
  `update logs set delivered_seq = given.seq from given
     where account_id = given.account and delivered_seq < given.seq`,
)

/** Marks only rise. */
export const setDelivered = (
  tx: Transaction,
  marks: readonly { account_id: AccountId; seq: number }[],
) =>
  setDeliveredSql.run(
    tx,
    marks.map(({ account_id, seq }) => [account_id, seq]),
  )

const setAckedSql = withGiven(
  { device: 'text', seq: 'bigint', now: 'bigint' },
  `update devices set acked_seq = given.seq, acked_at = given.now from given
     where id = given.device and acked_seq < given.seq`,
)

/** Marks only rise. */
export const setAcked = (
  tx: Transaction,
  marks: readonly { device_id: DeviceId; seq: number }[],
  now: number,
) =>
  setAckedSql.run(
    tx,
    marks.map(({ device_id, seq }) => [device_id, seq, now]),
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
