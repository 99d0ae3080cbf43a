import { hash } from 'node:crypto'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import { hashToken } from '../../../server/src/accounts/sessions.ts'
import { insertAccount, insertDevice } from '../../../server/src/accounts/tables.ts'
import { foldName } from '../../../server/src/graph/profile.ts'
import { insertFollow } from '../../../server/src/graph/tables.ts'
import {
  addTexts,
  insertMessages,
  type MessageRow,
} from '../../../server/src/messaging/message-tables.ts'
import { directKey } from '../../../server/src/messaging/open-conversation.ts'
import {
  insertConversation,
  insertMember,
  raiseFetched,
  setLastSeqs,
  setMember,
  type MemberRow,
} from '../../../server/src/messaging/tables.ts'
import type { Store, Transaction } from '../../../server/src/store/store.ts'
import { kinds } from '../../../server/src/sync/kinds.ts'
import {
  createLog,
  insertEvents,
  setAcked,
  setDelivered,
  setHeads,
  trimThrough,
} from '../../../server/src/sync/tables.ts'
import { Chance } from './chance.ts'
import { accountId, clientId, deviceId, messageId, personOf, tokenOf } from './names.ts'
import { YEAR, type Plan } from './plan.ts'
import { timelineOf, type Timeline } from './timeline.ts'
import { textOf } from './words.ts'

/**
 * Logs hold the newest part of all that happened, as if the rest had been trimmed. As long as the
 * log goes back, hubs have been away: none of it has been handed to them.
 */
export const LOGGED_FROM = 0.85

/** Rows of one kind in a transaction. */
const ROWS = 20_000
/** Kind of the dice. */
const READING = 21

/**
 * So far ahead that no request finds it stale and renews it. In a small installation the same people
 * come again and again; in a large one each request of a measurement would be somebody's first, and
 * would be the only ones to write.
 */
const SEEN = Date.UTC(2100, 0, 1)

/**
 * Writes a data set into an empty, migrated store through the tables of the rooms.
 *
 * Texts are stored in the order of time, as they would have been; messages, conversation by
 * conversation, which is how the table is kept anyhow.
 */
export async function fill(store: Store, plan: Plan, say: (text: string) => void): Promise<void> {
  const timeline = timelineOf(plan)
  await inChunks(store, plan.scale.accounts, 2000, (tx, account) => putAccount(tx, account))
  say('accounts')
  const textIds = await putTexts(store, plan, say)
  await withoutIndexes(store, 'messages', async () => {
    await putConversations(store, plan, timeline, textIds, say)
    say('indexes')
  })
  await putLogs(store, plan, timeline)
  say('logs')
}

/** `put` for each number below `count`, so many in a transaction. */
async function inChunks(
  store: Store,
  count: number,
  size: number,
  put: (tx: Transaction, index: number) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < count; from += size)
    await store.transact(async (tx) => {
      for (let index = from; index < Math.min(from + size, count); index++) await put(tx, index)
    })
}

async function putAccount(tx: Transaction, account: number): Promise<void> {
  const { username, display_name } = personOf(account)
  await insertAccount(tx, {
    id: accountId(account),
    username,
    display_name,
    search_name: foldName(display_name),
    bio: '',
    birth_date: '1990-01-01',
    // Nobody signs in with a password: devices have their tokens.
    password_hash: '',
    who_can_message: 'friends',
    created_at: YEAR.from,
  })
  await createLog(tx, accountId(account))
  await insertDevice(tx, {
    id: deviceId(account),
    account_id: accountId(account),
    token_hash: hashToken(tokenOf(account)),
    name: 'A device',
    created_at: YEAR.from,
    last_seen_at: SEEN,
    revoked_at: null,
  })
}

/** Returns the id of each message's text. */
async function putTexts(
  store: Store,
  { scale }: Plan,
  say: (text: string) => void,
): Promise<Uint32Array> {
  const textIds = new Uint32Array(scale.messages)
  for (let from = 0; from < scale.messages; from += ROWS) {
    const count = Math.min(ROWS, scale.messages - from)
    const bodies = Array.from({ length: count }, (_, index) => textOf(from + index))
    textIds.set(await store.transact((tx) => addTexts(tx, bodies)), from)
  }
  say('texts')
  return textIds
}

/** A conversation about to be written. */
interface Thread {
  conversation: number
  id: ConversationId
  /** Its messages, in order. */
  messages: Uint32Array
}

async function putConversations(
  store: Store,
  plan: Plan,
  timeline: Timeline,
  textIds: Uint32Array,
  say: (text: string) => void,
): Promise<void> {
  const all = timeline.byConversation()
  let waiting: MessageRow[] = []
  let threads: Thread[] = []
  let written = 0
  const flush = async () => {
    const rows = waiting
    const begun = threads
    waiting = []
    threads = []
    await store.transact(async (tx) => {
      await insertMessages(tx, rows)
      for (const thread of begun) await putThread(tx, plan, timeline, thread)
    })
    const millions = Math.floor(written / 1_000_000)
    written += rows.length
    if (Math.floor(written / 1_000_000) > millions) say(`${written} messages`)
  }
  for (const [conversation, messages] of all.entries()) {
    const id = plan.id(conversation)
    threads.push({ conversation, id, messages })
    for (const [index, message] of messages.entries()) {
      waiting.push(messageRow(plan, timeline, textIds, { conversation, id, index, message }))
      if (waiting.length === ROWS) await flush()
    }
    if (threads.length === ROWS / 20) await flush()
  }
  await flush()
}

function messageRow(
  plan: Plan,
  timeline: Timeline,
  textIds: Uint32Array,
  place: { conversation: number; id: ConversationId; index: number; message: number },
): MessageRow {
  const { conversation, id, index, message } = place
  const text = textOf(message)
  const sent_at = timeline.at(message)
  return {
    conversation_id: id,
    seq: index + 1,
    id: messageId(message, sent_at),
    sender_id: accountId(plan.members(conversation)[timeline.side(message)]),
    client_id: clientId(message),
    body_hash: hash('sha256', text, 'base64url').slice(0, 22),
    version: 1,
    sent_at,
    text_id: textIds[message] ?? null,
    text,
    edited_at: null,
    edit_count: 0,
    unsent_at: null,
    traceless: 0,
  }
}

async function putThread(
  tx: Transaction,
  plan: Plan,
  timeline: Timeline,
  { conversation, id, messages }: Thread,
): Promise<void> {
  const [one, other] = plan.members(conversation)
  const people = [accountId(one), accountId(other)] as const
  const began = plan.began(conversation)
  await insertConversation(tx, id, 'direct', directKey(...people), began)
  await setLastSeqs(tx, [{ id, last_seq: messages.length }])
  await insertFollow(tx, people[0], people[1], began)
  await insertFollow(tx, people[1], people[0], began)
  for (const side of [0, 1] as const) {
    const member = memberOf(plan, timeline, { conversation, id, messages }, side)
    await insertMember(tx, id, member.account_id, 'inbox', began)
    await setMember(tx, member)
    await raiseFetched(tx, [
      { conversation_id: id, account_id: member.account_id, seq: member.fetched_seq },
    ])
  }
}

/** What a thread is to one of its two members. */
function memberOf(
  { scale, members, began }: Plan,
  timeline: Timeline,
  { conversation, id, messages }: Thread,
  side: 0 | 1,
): MemberRow {
  const account = members(conversation)[side]
  const size = messages.length
  const chance = new Chance(READING, conversation, side)
  const away = account < scale.hubs
  // Most have read everything; others lack a few.
  const left = chance.below(10) < 6 ? 0 : chance.below(Math.min(size, 30) + 1)
  const read_seq = away ? placeOf(messages, LOGGED_FROM * scale.messages) : size - left
  const newest = messages[size - 1]
  return {
    conversation_id: id,
    account_id: accountId(account),
    version: 1,
    folder: 'inbox',
    hidden: 0,
    unread_count: messages
      .subarray(read_seq)
      .reduce((count, message) => count + (timeline.side(message) === side ? 0 : 1), 0),
    read_seq,
    cleared_seq: 0,
    fetched_seq: away ? read_seq : size,
    shown_delivered_seq: away ? read_seq : size,
    shown_read_seq: read_seq,
    last_message_seq: size,
    last_activity_at: newest === undefined ? began(conversation) : timeline.at(newest),
  }
}

/** How many of the ordered numbers are below `limit`. */
function placeOf(numbers: Uint32Array, limit: number): number {
  const place = numbers.findIndex((number) => number >= limit)
  return place === -1 ? numbers.length : place
}

/** The log of each person: an event for each message of theirs and to them, the newest kept. */
async function putLogs(store: Store, plan: Plan, timeline: Timeline): Promise<void> {
  const { messages, accounts, hubs } = plan.scale
  const kept = Array.from({ length: accounts }, (): number[] => [])
  const seqs = new Map<number, number>()
  const lengths = new Uint32Array(plan.scale.conversations)
  for (let message = 0; message < messages; message++) {
    const conversation = timeline.conversation(message)
    lengths[conversation] = (lengths[conversation] ?? 0) + 1
    if (message < LOGGED_FROM * messages) continue
    seqs.set(message, lengths[conversation] ?? 0)
    for (const account of plan.members(conversation)) kept[account]?.push(message)
  }
  await inChunks(store, accounts, 200, async (tx, account) => {
    const logged = kept[account] ?? []
    const head = plan
      .conversationsOf(account)
      .reduce((sum, conversation) => sum + plan.size(conversation), 0)
    const trimmed = head - logged.length
    const account_id = accountId(account)
    await setHeads(tx, [{ account_id, head }])
    await trimThrough(tx, account_id, trimmed)
    const heard = account < hubs ? trimmed : head
    await setDelivered(tx, [{ account_id, seq: heard }])
    await setAcked(tx, [{ device_id: deviceId(account), seq: heard }], YEAR.to)
    await insertEvents(
      tx,
      logged.map((message, index) => ({
        ...eventOf(plan, timeline, account_id, message),
        message_seq: seqs.get(message) ?? 0,
        seq: trimmed + index + 1,
      })),
      YEAR.to,
    )
  })
}

function eventOf(plan: Plan, timeline: Timeline, account_id: AccountId, message: number) {
  const conversation = timeline.conversation(message)
  const sender = accountId(plan.members(conversation)[timeline.side(message)])
  return {
    account_id,
    kind: sender === account_id ? kinds.messageOwn : kinds.messageNew,
    conversation_id: plan.id(conversation),
  }
}

/** Indexes of a table are made anew once it is full: sorted, instead of a place looked up for each row. */
async function withoutIndexes(
  store: Store,
  table: string,
  work: () => Promise<void>,
): Promise<void> {
  const indexes = await store.read((tx) =>
    tx.all<{ name: string; sql: string }>(
      "select name, sql from sqlite_master where type = 'index' and tbl_name = $1 and sql is not null",
      [table],
    ),
  )
  for (const { name } of indexes) await store.transact((tx) => tx.run(`drop index ${name}`))
  await work()
  // Sorted in files: in memory it would take a gigabyte.
  await store.read((tx) => tx.all('pragma temp_store = file'))
  for (const { sql } of indexes) await store.transact((tx) => tx.run(sql))
}
