import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import { allIn, withGiven, type Reader, type Transaction } from '../store/store.ts'

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

export const membersOf = (tx: Reader, conversations: readonly ConversationId[]) =>
  allIn<MemberRow>(
    tx,
    conversations,
    (list) =>
      `select * from members where conversation_id in (${list}) order by conversation_id, account_id`,
  )

export interface ConversationRow {
  id: ConversationId
  /** Highest seq that was given out. */
  last_seq: number
  created_at: number
}

/**
 * Holds conversations until commit, in the order of their ids. Whoever changes anything in one holds
 * it first and reads after, so that what is decided from stays true (X1, U1, O1).
 */
export const lockConversations = (tx: Transaction, ids: readonly ConversationId[]) =>
  allIn<ConversationRow>(
    tx,
    ids.toSorted(),
    (list) =>
      `select id, last_seq, created_at from conversations where id in (${list}) order by id ${tx.lockRow}`,
  )

const setLastSeqsSql = withGiven(
  { conversation: 'text', seq: 'bigint' },
  'update conversations set last_seq = given.seq from given where id = given.conversation',
)

/** Stores how far the seqs of conversations have been given out; they must be held. */
export const setLastSeqs = (
  tx: Transaction,
  conversations: readonly Pick<ConversationRow, 'id' | 'last_seq'>[],
) =>
  setLastSeqsSql.run(
    tx,
    conversations.map(({ id, last_seq }) => [id, last_seq]),
  )

export const conversationById = (tx: Reader, conversation: ConversationId) =>
  tx.get<ConversationRow>('select id, last_seq, created_at from conversations where id = $1', [
    conversation,
  ])

/** What new messages change in the view of one member. */
export interface NewInView {
  conversation_id: ConversationId
  account_id: AccountId
  unread: number
  /** Of the newest. */
  seq: number
  sent_at: number
  /** Whether they count as handed out. */
  fetched: boolean
}

const noteNewMessagesSql = withGiven(
  {
    conversation: 'text',
    account: 'text',
    unread: 'bigint',
    seq: 'bigint',
    at: 'bigint',
    fetched: 'bigint',
  },
  `update members set version = version + 1, hidden = 0, unread_count = unread_count + given.unread,
       last_message_seq = given.seq, last_activity_at = given.at,
       fetched_seq = case when given.fetched > fetched_seq then given.fetched else fetched_seq end
     from given where conversation_id = given.conversation and account_id = given.account`,
)

/** New messages in members' views: a thread that was deleted is revived. */
export const noteNewMessages = (tx: Transaction, news: readonly NewInView[]) =>
  noteNewMessagesSql.run(
    tx,
    news.map((one) => [
      one.conversation_id,
      one.account_id,
      one.unread,
      one.seq,
      one.sent_at,
      one.fetched ? one.seq : 0,
    ]),
  )

const setFoldersSql = withGiven(
  { conversation: 'text', account: 'text', folder: 'text' },
  `update members set version = version + 1, folder = given.folder
     from given where conversation_id = given.conversation and account_id = given.account`,
)

/** Moves conversations to folders, each for one member. */
export const setFolders = (
  tx: Transaction,
  moves: readonly Pick<MemberRow, 'conversation_id' | 'account_id' | 'folder'>[],
) =>
  setFoldersSql.run(
    tx,
    moves.map((move) => [move.conversation_id, move.account_id, move.folder]),
  )

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

const touchAllSql = withGiven(
  { conversation: 'text' },
  'update members set version = version + 1 from given where conversation_id = given.conversation',
)

/** What all members of these conversations see has changed. */
export const touchAll = (tx: Transaction, conversations: readonly ConversationId[]) =>
  touchAllSql.run(
    tx,
    conversations.map((id) => [id]),
  )

const raiseDeliveredSql = withGiven(
  { conversation: 'text', account: 'text', seq: 'bigint' },
  `update members set version = version + 1,
       shown_delivered_seq = case when given.seq > shown_delivered_seq then given.seq else shown_delivered_seq end
     from given where conversation_id = given.conversation and account_id = given.account`,
)

/** What these members have let the others see as delivered; 0 where only the view of others changed. */
export const raiseDelivered = (
  tx: Transaction,
  views: readonly { conversation_id: ConversationId; account_id: AccountId; seq: number }[],
) =>
  raiseDeliveredSql.run(
    tx,
    views.map((view) => [view.conversation_id, view.account_id, view.seq]),
  )

/** How far a member is about to be handed a conversation. */
export interface FetchMark {
  conversation_id: ConversationId
  account_id: AccountId
  seq: number
}

const raiseFetchedSql = withGiven(
  { conversation: 'text', account: 'text', seq: 'bigint' },
  `update members set fetched_seq = given.seq from given
     where conversation_id = given.conversation and account_id = given.account and fetched_seq < given.seq`,
)

/** The conversations must be held. */
export const raiseFetched = (tx: Transaction, marks: readonly FetchMark[]) =>
  raiseFetchedSql.run(
    tx,
    marks.map((mark) => [mark.conversation_id, mark.account_id, mark.seq]),
  )

/** As if everybody had been handed everything that has been sent so far. */
export const markAllFetched = (tx: Transaction) =>
  tx.run(
    'update members set fetched_seq = (select c.last_seq from conversations c where c.id = members.conversation_id)',
  )

export const conversationsOf = (tx: Reader, account: AccountId) =>
  tx.all<{ conversation_id: ConversationId }>(
    'select conversation_id from members where account_id = $1 order by conversation_id',
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
export const namedMembers = (tx: Reader, ids: readonly ConversationId[]) =>
  allIn<NamedMemberRow>(
    tx,
    ids,
    (list) =>
      `select v.*, c.kind, a.username, a.display_name
       from members v join conversations c on c.id = v.conversation_id join accounts a on a.id = v.account_id
       where v.conversation_id in (${list}) order by v.conversation_id, v.account_id`,
  )
