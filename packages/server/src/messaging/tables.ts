import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { AccountId, ClientId, ConversationId, MessageId } from '@takeback/protocol/ids.ts'
import { inList, type Param, type Reader, type Transaction } from '../store/store.ts'

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

export interface MemberRow {
  conversation_id: ConversationId
  account_id: AccountId
  version: number
  folder: Conversation['folder']
  hidden: number
  unread_count: number
  read_seq: number
  cleared_seq: number
  fetched_seq: number
  shown_delivered_seq: number
  shown_read_seq: number
  last_message_seq: number
  last_activity_at: number
}

/** Content stands in `texts`, whose rows never move (see the migration); a message points to its own. */
const messagesWithText = 'messages m left join texts t on t.id = m.text_id'
const messageColumns =
  'm.conversation_id, m.seq, m.id, m.sender_id, m.client_id, m.body_hash, m.version, m.sent_at, m.text_id, t.body as text, m.edited_at, m.edit_count, m.unsent_at, m.traceless'

// ---- conversations and members

export const conversationByKey = (tx: Reader, key: string) =>
  tx.get<{ id: ConversationId }>('select id from conversations where direct_key = $1', [key])

export const insertConversation = (
  tx: Transaction,
  id: ConversationId,
  kind: string,
  key: string | null,
  now: number,
) =>
  tx.run(
    'insert into conversations (id, kind, direct_key, last_seq, created_at) values ($1, $2, $3, 0, $4) on conflict do nothing',
    [id, kind, key, now],
  )

export const insertMember = (
  tx: Transaction,
  conversation: ConversationId,
  account: AccountId,
  folder: Conversation['folder'],
  now: number,
) =>
  tx.run(
    `insert into members (conversation_id, account_id, version, folder, hidden, unread_count, read_seq, cleared_seq,
       fetched_seq, shown_delivered_seq, shown_read_seq, last_message_seq, last_activity_at)
     values ($1, $2, 1, $3, 1, 0, 0, 0, 0, 0, 0, 0, $4)`,
    [conversation, account, folder, now],
  )

export const membersOf = (tx: Reader, conversation: ConversationId) =>
  tx.all<MemberRow>('select * from members where conversation_id = $1 order by account_id', [
    conversation,
  ])

/** Takes the conversation's next seq; its row stays locked until commit (O1). */
export const takeSeq = (tx: Transaction, conversation: ConversationId) =>
  tx.get<{ last_seq: number }>(
    'update conversations set last_seq = last_seq + 1 where id = $1 returning last_seq',
    [conversation],
  )

export const conversationById = (tx: Reader, conversation: ConversationId) =>
  tx.get<{ last_seq: number; created_at: number }>(
    'select last_seq, created_at from conversations where id = $1',
    [conversation],
  )

/**
 * A new message in every member's view: unread for all but the sender, revived where the thread was
 * deleted, fetched where `connected` says so.
 */
export async function noteNewMessage(
  tx: Transaction,
  message: { conversation_id: ConversationId; seq: number; sender_id: AccountId; sent_at: number },
  connected: readonly AccountId[],
): Promise<void> {
  const online = connected.length === 0 ? null : inList(connected, 5)
  const fetched =
    online === null
      ? 'fetched_seq'
      : `case when account_id in (${online.sql}) then $2 else fetched_seq end`
  await tx.run(
    `update members set version = version + 1, hidden = 0,
       unread_count = unread_count + case when account_id = $3 then 0 else 1 end,
       last_message_seq = $2, last_activity_at = $4, fetched_seq = ${fetched}
     where conversation_id = $1`,
    [
      message.conversation_id,
      message.seq,
      message.sender_id,
      message.sent_at,
      ...(online?.params ?? []),
    ],
  )
}

export const setMember = (tx: Transaction, member: MemberRow) =>
  tx.run(
    `update members set version = version + 1, folder = $3, hidden = $4, unread_count = $5, read_seq = $6,
       cleared_seq = $7, shown_delivered_seq = $8, shown_read_seq = $9, last_message_seq = $10, last_activity_at = $11
     where conversation_id = $1 and account_id = $2`,
    [
      member.conversation_id,
      member.account_id,
      member.folder,
      member.hidden,
      member.unread_count,
      member.read_seq,
      member.cleared_seq,
      member.shown_delivered_seq,
      member.shown_read_seq,
      member.last_message_seq,
      member.last_activity_at,
    ],
  )

/** What the other members see has changed: their view gets a new version. */
export const touchOthers = (tx: Transaction, conversation: ConversationId, account: AccountId) =>
  tx.run(
    'update members set version = version + 1 where conversation_id = $1 and account_id <> $2',
    [conversation, account],
  )

/** What all members see has changed. */
export const touchAll = (tx: Transaction, conversation: ConversationId) =>
  tx.run('update members set version = version + 1 where conversation_id = $1', [conversation])

export const raiseFetched = (
  tx: Transaction,
  conversation: ConversationId,
  account: AccountId,
  seq: number,
) =>
  tx.run(
    'update members set fetched_seq = $3 where conversation_id = $1 and account_id = $2 and fetched_seq < $3',
    [conversation, account, seq],
  )

/** As if everybody had been handed everything that has been sent so far. */
export const markAllFetched = (tx: Transaction) =>
  tx.run(
    'update members set fetched_seq = (select c.last_seq from conversations c where c.id = members.conversation_id)',
  )

export const conversationsOf = (tx: Reader, account: AccountId) =>
  tx.all<{ conversation_id: ConversationId }>(
    'select conversation_id from members where account_id = $1',
    [account],
  )

export const visibleConversationsOf = (tx: Reader, account: AccountId) =>
  tx.all<{ conversation_id: ConversationId }>(
    'select conversation_id from members where account_id = $1 and hidden = 0',
    [account],
  )

export const folderPage = (
  tx: Reader,
  account: AccountId,
  folder: string,
  before: { at: number; id: string },
  limit: number,
) =>
  tx.all<{ id: ConversationId; at: number }>(
    `select conversation_id as id, last_activity_at as at from members
     where account_id = $1 and folder = $2 and hidden = 0
       and (last_activity_at < $3 or (last_activity_at = $3 and conversation_id < $4))
     order by last_activity_at desc, conversation_id desc limit $5`,
    [account, folder, before.at, before.id, limit],
  )

/** A member's row, with what a conversation's view says besides. */
export interface NamedMemberRow extends MemberRow {
  kind: 'direct'
  username: string
  display_name: string
}

/** All members of the given conversations, with their names. */
export async function namedMembers(
  tx: Reader,
  ids: readonly ConversationId[],
): Promise<NamedMemberRow[]> {
  const { sql, params } = inList(ids, 1)
  return tx.all(
    `select v.*, c.kind, a.username, a.display_name
     from members v join conversations c on c.id = v.conversation_id join accounts a on a.id = v.account_id
     where v.conversation_id in (${sql}) order by v.conversation_id, v.account_id`,
    params,
  )
}

// ---- messages

export const messageByClientId = (tx: Reader, sender: AccountId, clientId: ClientId) =>
  tx.get<MessageRow>(
    `select ${messageColumns} from ${messagesWithText} where m.sender_id = $1 and m.client_id = $2`,
    [sender, clientId],
  )

export const messageById = (tx: Reader, id: MessageId) =>
  tx.get<MessageRow>(`select ${messageColumns} from ${messagesWithText} where m.id = $1`, [id])

export async function insertMessage(tx: Transaction, row: MessageRow): Promise<void> {
  await tx.run(
    `insert into messages (conversation_id, seq, id, sender_id, client_id, body_hash, version, sent_at, text_id,
       edited_at, edit_count, unsent_at, traceless)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
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
    ],
  )
}

/** Stores a text, after all others; returns its id. */
export async function addText(tx: Transaction, body: string): Promise<number> {
  const row = await tx.get<{ id: number }>('insert into texts (body) values ($1) returning id', [
    body,
  ])
  if (row === undefined) throw new Error('An insert returned no row.')
  return row.id
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
  await tx.run(
    `update messages set text_id = $3, edited_at = $4, edit_count = edit_count + 1, version = version + 1
     where conversation_id = $1 and seq = $2`,
    [message.conversation_id, message.seq, await addText(tx, text), now],
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

export interface PlaceRow extends MessageRow {
  visible: number
  /** How far the viewer has fetched this conversation. */
  fetched_seq: number
}

export async function messagesAt(
  tx: Reader,
  account: AccountId,
  places: readonly { conversation_id: ConversationId; seq: number }[],
): Promise<PlaceRow[]> {
  const byConversation = new Map<ConversationId, Param[]>()
  for (const { conversation_id, seq } of places)
    byConversation.set(conversation_id, [...(byConversation.get(conversation_id) ?? []), seq])
  const rows: PlaceRow[] = []
  for (const [conversation, seqs] of byConversation) {
    const { sql, params } = inList(seqs, 3)
    rows.push(
      ...(await tx.all<PlaceRow>(
        `select ${messageColumns}, case when m.seq > v.cleared_seq and ${visibleTo('$1')} then 1 else 0 end as visible, v.fetched_seq
         from ${messagesWithText} join members v on v.conversation_id = m.conversation_id and v.account_id = $1
         where m.conversation_id = $2 and m.seq in (${sql})`,
        [account, conversation, ...params],
      )),
    )
  }
  return rows
}

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
