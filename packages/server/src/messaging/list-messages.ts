import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import type { Caller } from '../caller.ts'
import type { Reader } from '../store/store.ts'
import { authorize } from './member.ts'
import { historyRows, type MessageRow } from './message-tables.ts'
import { type MemberRow } from './tables.ts'
import { toMessage } from './views.ts'
import { requireFetched } from './fetched.ts'

export interface HistoryRequest {
  conversation_id: ConversationId
  before?: number
  after?: number
  around?: number
  limit?: number
}

export interface HistoryPage {
  items: Message[]
  next_cursor: string | null
  has_before: boolean
  has_after: boolean
}

/** A page of history as the caller may see it now, oldest first. */
export async function listMessages(
  tx: Reader,
  caller: Caller,
  input: HistoryRequest,
): Promise<HistoryPage> {
  const given = [input.before, input.after, input.around].filter((seq) => seq !== undefined)
  if (given.length > 1)
    throw new Refusal('invalid_input', { detail: 'Give one of before, after and around.' })
  const { me } = await authorize(tx, caller.account_id, input.conversation_id)
  const { rows, has_before, has_after } = await readRows(tx, me, input)
  await requireFetched(
    tx,
    rows
      .filter((row) => row.unsent_at === null)
      .map((row) => ({ ...row, account_id: me.account_id, fetched_seq: me.fetched_seq })),
  )
  return {
    items: rows.map((row) => toMessage(row, caller.account_id)),
    next_cursor: has_before && rows[0] !== undefined ? String(rows[0].seq) : null,
    has_before,
    has_after,
  }
}

interface Slice {
  rows: MessageRow[]
  has_before: boolean
  has_after: boolean
}

/** One row more than asked for, on either side, tells whether there is more beyond. */
async function readRows(tx: Reader, me: MemberRow, input: HistoryRequest): Promise<Slice> {
  const limit = input.limit ?? 50
  const read = (direction: 'before' | 'from', seq: number, count: number) =>
    historyRows(tx, me.account_id, me.conversation_id, direction, seq, me.cleared_seq, count + 1)

  if (input.around !== undefined) {
    const older = await read('before', input.around, Math.floor(limit / 2))
    const newer = await read('from', input.around, Math.ceil(limit / 2))
    return {
      rows: [
        ...older.slice(0, Math.floor(limit / 2)).toReversed(),
        ...newer.slice(0, Math.ceil(limit / 2)),
      ],
      has_before: older.length > Math.floor(limit / 2),
      has_after: newer.length > Math.ceil(limit / 2),
    }
  }
  if (input.after !== undefined) {
    const newer = await read('from', input.after + 1, limit)
    const older = await read('before', input.after + 1, 0)
    return {
      rows: newer.slice(0, limit),
      has_before: older.length > 0,
      has_after: newer.length > limit,
    }
  }
  const before = input.before ?? Number.MAX_SAFE_INTEGER
  const older = await read('before', before, limit)
  const newer = input.before === undefined ? [] : await read('from', before, 0)
  return {
    rows: older.slice(0, limit).toReversed(),
    has_before: older.length > limit,
    has_after: newer.length > 0,
  }
}
