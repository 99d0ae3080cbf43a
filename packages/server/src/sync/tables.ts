import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import {
  chunksOf,
  given,
  inList,
  insertRows,
  type Reader,
  type Transaction,
} from '../store/store.ts'
import type { Kind } from './kinds.ts'

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
  head: number
  trimmed_seq: number
  delivered_seq: number
}

export const createLog = (tx: Transaction, account: AccountId) =>
  tx.run('insert into logs (account_id, head, trimmed_seq, delivered_seq) values ($1, 0, 0, 0)', [
    account,
  ])

export const logState = (tx: Reader, account: AccountId) =>
  tx.get<LogState>('select head, trimmed_seq, delivered_seq from logs where account_id = $1', [
    account,
  ])

export async function heads(
  tx: Reader,
  accounts: readonly AccountId[],
): Promise<{ account_id: AccountId; head: number }[]> {
  const found: { account_id: AccountId; head: number }[] = []
  for (const chunk of chunksOf(accounts)) {
    const { sql, params } = inList(chunk, 1)
    const query = `select account_id, head from logs where account_id in (${sql})`
    found.push(...(await tx.all<{ account_id: AccountId; head: number }>(query, params)))
  }
  return found
}

/** Holds logs until commit, in the order of account ids; returns where they stand. */
export async function lockLogs(
  tx: Transaction,
  accounts: readonly AccountId[],
): Promise<{ account_id: AccountId; head: number }[]> {
  const { sql, params } = inList(accounts, 1)
  return tx.all(
    `select account_id, head from logs where account_id in (${sql}) order by account_id ${tx.lockRow}`,
    params,
  )
}

export async function setHeads(
  tx: Transaction,
  heads: readonly { account_id: AccountId; head: number }[],
): Promise<void> {
  const { sql, params } = given(
    { account: 'text', seq: 'bigint' },
    heads.map(({ account_id, head }) => [account_id, head]),
  )
  await tx.run(
    `${sql} update logs set head = given.seq from given where account_id = given.account`,
    params,
  )
}

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

/** Per conversation, the highest message of somebody else between two places of a log. */
export const receivedBetween = (
  tx: Reader,
  account: AccountId,
  after: number,
  through: number,
  kind: Kind,
) =>
  tx.all<{ conversation_id: ConversationId; seq: number }>(
    'select conversation_id, max(message_seq) as seq from events where account_id = $1 and seq > $2 and seq <= $3 and kind = $4 group by conversation_id',
    [account, after, through, kind],
  )

export const setDelivered = (tx: Transaction, account: AccountId, seq: number) =>
  tx.run('update logs set delivered_seq = $2 where account_id = $1 and delivered_seq < $2', [
    account,
    seq,
  ])

export const setAcked = (tx: Transaction, device: string, seq: number, now: number) =>
  tx.run('update devices set acked_seq = $2, acked_at = $3 where id = $1 and acked_seq < $2', [
    device,
    seq,
    now,
  ])

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
