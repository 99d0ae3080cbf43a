import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import { REQUESTS_A_DAY } from '../policy/can-message.ts'
import type { RequestState } from '../policy/facts.ts'
import { insertInto, withGiven, type Reader, type Transaction } from '../store/store.ts'

/** The latest request from one person to another. The conversation guards it: hold that first. */
export interface RequestRow {
  sender_id: AccountId
  recipient_id: AccountId
  conversation_id: ConversationId
  /** The one message that asks. */
  message_seq: number
  state: RequestState
  /** Unix milliseconds. */
  requested_at: number
}

/** What two people asked each other, and how many people the first asked on a day. */
interface AskedRow {
  me: AccountId
  them: AccountId
  asked: RequestState | null
  asked_at: number | null
  asked_by: RequestState | null
  asked_by_at: number | null
  asked_that_day: number | null
}

const askedBetweenSql = withGiven<AskedRow>(
  { me: 'text', them: 'text', day: 'bigint' },
  `select given.me, given.them, q.state as asked, q.requested_at as asked_at,
     r.state as asked_by, r.requested_at as asked_by_at, d.requests as asked_that_day
   from given
     left join requests q on q.sender_id = given.me and q.recipient_id = given.them
     left join requests r on r.sender_id = given.them and r.recipient_id = given.me
     left join request_days d on d.account_id = given.me and d.day = given.day`,
)

/** @param day since 1970, UTC */
export const askedBetween = (
  tx: Reader,
  wanted: readonly { me: AccountId; them: AccountId }[],
  day: number,
) =>
  askedBetweenSql.all(
    tx,
    wanted.map(({ me, them }) => [me, them, day]),
  )

const putRequestsSql = insertInto(
  'requests',
  ['sender_id', 'recipient_id', 'conversation_id', 'message_seq', 'state', 'requested_at'],
  `on conflict (sender_id, recipient_id) do update
     set message_seq = excluded.message_seq, state = excluded.state, requested_at = excluded.requested_at`,
)

export const putRequests = (tx: Transaction, rows: readonly RequestRow[]) =>
  putRequestsSql(
    tx,
    rows.map((row) => [
      row.sender_id,
      row.recipient_id,
      row.conversation_id,
      row.message_seq,
      row.state,
      row.requested_at,
    ]),
  )

const countRequestsSql = insertInto<{ account_id: AccountId }>(
  'request_days',
  ['account_id', 'day', 'requests'],
  `on conflict (account_id, day) do update set requests = request_days.requests + excluded.requests
     where request_days.requests + excluded.requests <= ${REQUESTS_A_DAY}
   returning account_id`,
)

/**
 * Adds to how many people each has asked on a day.
 * @throws Error — somebody else's transaction was first and used the day up; decided anew, it is a refusal
 */
export async function countRequests(
  tx: Transaction,
  day: number,
  counts: ReadonlyMap<AccountId, number>,
): Promise<void> {
  // In the order of ids, so that two transactions never wait for each other crosswise.
  const senders = [...counts.keys()].toSorted()
  const counted = await countRequestsSql(
    tx,
    senders.map((sender) => [sender, day, counts.get(sender) ?? 0]),
  )
  if (counted.length < senders.length) throw new Error('Requests were made elsewhere meanwhile.')
}

export const forgetRequestDays = (tx: Transaction, before: number) =>
  tx.run('delete from request_days where day < $1', [before])

export const pendingIn = (tx: Reader, conversation: ConversationId, recipient: AccountId) =>
  tx.get<RequestRow>(
    `select r.* from requests r where r.recipient_id = $1 and r.conversation_id = $2 and r.state = 'pending'`,
    [recipient, conversation],
  )

export const pendingFor = (tx: Reader, recipient: AccountId, limit: number) =>
  tx.all<RequestRow>(
    `select * from requests where recipient_id = $1 and state = 'pending' order by requested_at limit $2`,
    [recipient, limit],
  )

export const pendingSince = (tx: Reader, before: number, limit: number) =>
  tx.all<RequestRow>(
    `select * from requests where state = 'pending' and requested_at <= $1 order by requested_at limit $2`,
    [before, limit],
  )

const setStatesSql = withGiven(
  { sender: 'text', recipient: 'text', state: 'text' },
  `update requests set state = given.state from given
   where sender_id = given.sender and recipient_id = given.recipient and requests.state = 'pending'`,
)

/** Answers requests, as far as they still wait for an answer. */
export const answerRequests = (
  tx: Transaction,
  rows: readonly Pick<RequestRow, 'sender_id' | 'recipient_id'>[],
  state: RequestState,
) =>
  setStatesSql.run(
    tx,
    rows.map((row) => [row.sender_id, row.recipient_id, state]),
  )
