import type { AccountId, ClientId, ConversationId, MessageId } from '@takeback/protocol/ids.ts'
import { insertInto, withGiven, type Reader, type Transaction } from '../store/store.ts'
import type { MessagePlace } from '../sync/views.ts'
import type { MemberRow } from './tables.ts'

export interface MessageRow {
  conversation_id: ConversationId
  seq: number
  id: MessageId
  sender_id: AccountId
  client_id: ClientId
  body_hash: string | null
  version: number
  sent_at: number
  text_id: number | null
  text: string | null
  edited_at: number | null
  edit_count: number
  unsent_at: number | null
  traceless: number
}

/** Content stands in `texts`, whose rows never move (see the migration); a message points to its own. */
const messagesWithText = 'messages m left join texts t on t.id = m.text_id'
const messageColumns =
  'm.conversation_id, m.seq, m.id, m.sender_id, m.client_id, m.body_hash, m.version, m.sent_at, m.text_id, t.body as text, m.edited_at, m.edit_count, m.unsent_at, m.traceless'

/** A sender's own name for a message. */
export interface ClientKey {
  sender_id: AccountId
  client_id: ClientId
}

const messagesByClientIdSql = withGiven<MessageRow>(
  { sender: 'text', client: 'text' },
  `select ${messageColumns} from given cross join messages m left join texts t on t.id = m.text_id
   where m.sender_id = given.sender and m.client_id = given.client`,
)

export const messagesByClientId = (tx: Reader, keys: readonly ClientKey[]) =>
  messagesByClientIdSql.all(
    tx,
    keys.map((key) => [key.sender_id, key.client_id]),
  )

export const messageById = (tx: Reader, id: MessageId) =>
  tx.get<MessageRow>(`select ${messageColumns} from ${messagesWithText} where m.id = $1`, [id])

export const messageBySeq = (tx: Reader, conversation: ConversationId, seq: number) =>
  tx.get<MessageRow>(
    `select ${messageColumns} from ${messagesWithText} where m.conversation_id = $1 and m.seq = $2`,
    [conversation, seq],
  )

const insertMessagesSql = insertInto('messages', [
  'conversation_id',
  'seq',
  'id',
  'sender_id',
  'client_id',
  'body_hash',
  'version',
  'sent_at',
  'text_id',
  'edited_at',
  'edit_count',
  'unsent_at',
  'traceless',
])

export const insertMessages = (tx: Transaction, rows: readonly MessageRow[]) =>
  insertMessagesSql(
    tx,
    rows.map((row) => [
      row.conversation_id,
      row.seq,
      row.id,
      row.sender_id,
      row.client_id,
      row.body_hash,
      row.version,
      row.sent_at,
      row.text_id,
      row.edited_at,
      row.edit_count,
      row.unsent_at,
      row.traceless,
    ]),
  )

const addTextsSql = insertInto<{ id: number; body: string }>(
  'texts',
  ['body'],
  'returning id, body',
)

/** Stores texts, after all others; returns their ids in the order of `bodies`. */
export async function addTexts(tx: Transaction, bodies: readonly string[]): Promise<number[]> {
  const stored = await addTextsSql(
    tx,
    bodies.map((body) => [body]),
  )
  // Engines return rows in any order; which of two equal texts is whose makes no difference.
  const byBody = Map.groupBy(stored, ({ body }) => body)
  return bodies.map((body) => {
    const row = byBody.get(body)?.pop()
    if (row === undefined) throw new Error('An insert returned no row.')
    return row.id
  })
}

/** Overwrites a text where it stands: as many bytes, so that the row neither moves nor shrinks (U3). */
const blankText = (tx: Transaction, id: number, body: string) =>
  tx.run('update texts set body = $2 where id = $1', [id, ' '.repeat(Buffer.byteLength(body))])

export async function replaceText(
  tx: Transaction,
  message: MessageRow,
  text: string,
  now: number,
): Promise<void> {
  await tx.run(
    'insert into message_edits (message_id, edit_number, text_id, written_at) values ($1, $2, $3, $4)',
    [message.id, message.edit_count, message.text_id, message.edited_at ?? message.sent_at],
  )
  const [text_id = null] = await addTexts(tx, [text])
  await tx.run(
    `update messages set text_id = $3, edited_at = $4, edit_count = edit_count + 1, version = version + 1
     where conversation_id = $1 and seq = $2`,
    [message.conversation_id, message.seq, text_id, now],
  )
}

/** Destroys what a message held and leaves its tombstone. */
export async function destroyContent(
  tx: Transaction,
  message: MessageRow,
  traceless: boolean,
  now: number,
): Promise<void> {
  for (const { text_id, text } of await editsOf(tx, message.id)) await blankText(tx, text_id, text)
  if (message.text_id !== null) await blankText(tx, message.text_id, message.text ?? '')
  await tx.run('delete from message_edits where message_id = $1', [message.id])
  await tx.run(
    `update messages set text_id = null, body_hash = null, edited_at = null, edit_count = 0, unsent_at = $3,
       traceless = $4, version = version + 1
     where conversation_id = $1 and seq = $2`,
    [message.conversation_id, message.seq, now, traceless ? 1 : 0],
  )
  tx.erases()
}

export const editsOf = (tx: Reader, id: MessageId) =>
  tx.all<{ text_id: number; text: string; written_at: number }>(
    `select e.text_id, t.body as text, e.written_at from message_edits e join texts t on t.id = e.text_id
     where e.message_id = $1 order by e.edit_number`,
    [id],
  )

/** A message is there for a member unless it left no trace, lies in a deleted thread, or was removed by them. */
const visibleTo = (account: string) => `m.traceless = 0 and not exists (
  select 1 from removed_messages r
  where r.account_id = ${account} and r.conversation_id = m.conversation_id and r.seq = m.seq)`

const messagesAtSql = withGiven<MessageRow>(
  { conversation: 'text', seq: 'bigint' },
  `select ${messageColumns} from given cross join messages m left join texts t on t.id = m.text_id
   where m.conversation_id = given.conversation and m.seq = given.seq`,
)

/** What stands at these places, whoever may see it; some may come twice. */
export const messagesAt = (tx: Reader, places: readonly MessagePlace[]) =>
  messagesAtSql.all(
    tx,
    places.map(({ conversation_id, seq }) => [conversation_id, seq]),
  )

/** A stretch of a conversation in somebody's view, both ends included. */
export interface Stretch {
  account_id: AccountId
  conversation_id: ConversationId
  from: number
  through: number
}

const removedWithinSql = withGiven<MessagePlace & { account_id: AccountId }>(
  { account: 'text', conversation: 'text', first: 'bigint', last: 'bigint' },
  `select r.account_id, r.conversation_id, r.seq from given cross join removed_messages r
   where r.account_id = given.account and r.conversation_id = given.conversation
     and r.seq >= given.first and r.seq <= given.last`,
)

/** What people removed from their views within these stretches; some may come twice. */
export const removedWithin = (tx: Reader, stretches: readonly Stretch[]) =>
  removedWithinSql.all(
    tx,
    stretches.map((one) => [one.account_id, one.conversation_id, one.from, one.through]),
  )

/** Up to `limit` visible messages before (newest first) or from (oldest first) a seq. */
export const historyRows = (
  tx: Reader,
  account: AccountId,
  conversation: ConversationId,
  direction: 'before' | 'from',
  seq: number,
  cleared: number,
  limit: number,
) =>
  tx.all<MessageRow>(
    `select ${messageColumns} from ${messagesWithText}
     where m.conversation_id = $2 and m.seq > $3 and m.seq ${direction === 'before' ? '<' : '>='} $4 and ${visibleTo('$1')}
     order by m.seq ${direction === 'before' ? 'desc' : 'asc'} limit $5`,
    [account, conversation, cleared, seq, limit],
  )

/** The newest message there for a member; `live` leaves out tombstones. */
export const newestVisible = (tx: Reader, member: MemberRow, live: boolean) =>
  tx.get<{ seq: number; sent_at: number }>(
    `select m.seq, m.sent_at from messages m
     where m.conversation_id = $2 and m.seq > $3 and ${visibleTo('$1')} ${live ? 'and m.unsent_at is null' : ''}
     order by m.seq desc limit 1`,
    [member.account_id, member.conversation_id, member.cleared_seq],
  )

export const countUnread = (tx: Reader, member: MemberRow, after: number, through: number) =>
  tx.get<{ count: number }>(
    `select count(*) as count from messages m
     where m.conversation_id = $2 and m.seq > $3 and m.seq <= $4 and m.sender_id <> $1
       and m.unsent_at is null and ${visibleTo('$1')}`,
    [member.account_id, member.conversation_id, after, through],
  )

export const isRemoved = (tx: Reader, account: AccountId, message: MessageRow) =>
  tx.get<{ seq: number }>(
    'select seq from removed_messages where account_id = $1 and conversation_id = $2 and seq = $3',
    [account, message.conversation_id, message.seq],
  )

export const insertRemoved = (tx: Transaction, account: AccountId, message: MessageRow) =>
  tx.run(
    'insert into removed_messages (account_id, conversation_id, seq) values ($1, $2, $3) on conflict do nothing',
    [account, message.conversation_id, message.seq],
  )

/** Once a thread is deleted, single removals in it say nothing any more. */
export const forgetRemoved = (
  tx: Transaction,
  account: AccountId,
  conversation: ConversationId,
  through: number,
) =>
  tx.run(
    'delete from removed_messages where account_id = $1 and conversation_id = $2 and seq <= $3',
    [account, conversation, through],
  )
