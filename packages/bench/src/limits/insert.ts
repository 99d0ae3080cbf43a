/**
 * The least that storing a message takes: the same rows into the same tables and indexes, with the
 * same durability, in transactions of many messages; nothing is looked up, decided or sent. Run as a
 * process of its own: `insert.ts FILE PAIRS BATCH SECONDS` prints a `Rate` as JSON.
 */
import { randomBytes } from 'node:crypto'
import type { Rate } from '../load/rate.ts'
import { difference, disturbance, machineTime, type Usage } from '../load/usage.ts'
import { inserter, openDatabase, type Row } from './schema.ts'

const [, , file = '', ...numbers] = process.argv
const [pairs = 0, batch = 0, seconds = 0] = numbers.map(Number)
/** Rows of a statement: fewer cost more statements, more bring nothing. */
const TOGETHER = 16
const WARM_UP = 2

const db = openDatabase(file)
const insert = {
  conversations: inserter(db, 'conversations', ['id', 'kind', 'last_seq', 'created_at'], 1),
  members: inserter(db, 'members', ['conversation_id', 'account_id', 'version', 'folder'], 1),
  logs: inserter(db, 'logs', ['account_id', 'head'], 1),
  texts: inserter(db, 'texts', ['id', 'body'], TOGETHER),
  messages: inserter(
    db,
    'messages',
    [
      'conversation_id',
      'seq',
      'id',
      'sender_id',
      'client_id',
      'body_hash',
      'version',
      'sent_at',
      'text_id',
    ],
    TOGETHER,
  ),
  events: inserter(
    db,
    'events',
    ['account_id', 'seq', 'kind', 'at', 'conversation_id', 'message_seq'],
    TOGETHER,
  ),
}
const setLastSeq = db.prepare('update conversations set last_seq = ? where id = ?')
const noteInView = db.prepare(
  `update members set version = version + 1, hidden = 0, unread_count = unread_count + ?,
     last_message_seq = ?, last_activity_at = ?, fetched_seq = ?
   where conversation_id = ? and account_id = ?`,
)
const setHead = db.prepare('update logs set head = ? where account_id = ?')

/** As unpredictable as ids are, made before the clock runs. */
const tails = Array.from({ length: 4096 }, () => randomBytes(8).toString('hex'))
let tailsUsed = 0
const tail = () => tails[tailsUsed++ % tails.length] ?? ''
/** As long as a ULID, and sorted by time as one. */
const idAt = (time: number) => time.toString(32).padStart(10, '0') + tail()

interface Conversation {
  id: string
  accounts: [string, string]
  /** Messages so far; the two write in turn. */
  seq: number
}

function makeConversation(): Conversation {
  const now = Date.now()
  const id = idAt(now)
  const accounts: [string, string] = [idAt(now), idAt(now)]
  insert.conversations([{ id, kind: 'direct', last_seq: 0, created_at: now }])
  for (const account_id of accounts) {
    insert.members([{ conversation_id: id, account_id, version: 1, folder: 'inbox' }])
    insert.logs([{ account_id, head: 0 }])
  }
  return { id, accounts, seq: 0 }
}

/** Messages of one conversation in a transaction, of as many conversations as make the batch. */
const share = Math.max(1, Math.round(batch / pairs))
const conversations = Array.from({ length: pairs }, makeConversation).slice(
  0,
  Math.round(batch / share),
)
let stored = 0

/** One transaction: the rows of new messages, and what they change once for each conversation. */
function storeBatch(): void {
  const now = Date.now()
  const texts: Row[] = []
  const messages: Row[] = []
  const events: Row[] = []
  db.exec('begin immediate')
  for (const conversation of conversations) {
    const { id: conversation_id, accounts, seq: before } = conversation
    const last = before + share
    conversation.seq = last
    for (let seq = before + 1; seq <= last; seq++) {
      const sender_id = accounts[seq % 2] ?? ''
      const client_id = `${sender_id}-${seq}`
      const text_id = ++stored
      texts.push({
        id: text_id,
        body: `${stored}: about as many bytes as what people write to others`,
      })
      messages.push({
        conversation_id,
        seq,
        id: idAt(now),
        sender_id,
        client_id,
        body_hash: tail(),
        version: 1,
        sent_at: now,
        text_id,
      })
    }
    for (const [index, account_id] of accounts.entries()) {
      let unread = 0
      for (let seq = before + 1; seq <= last; seq++) {
        const isOwn = seq % 2 === index
        if (!isOwn) unread++
        const kind = isOwn ? 2 : 1
        events.push({ account_id, seq, kind, at: now, conversation_id, message_seq: seq })
      }
      noteInView.run(unread, last, now, last, conversation_id, account_id)
      setHead.run(last, account_id)
    }
    setLastSeq.run(last, conversation_id)
  }
  insert.texts(texts)
  insert.messages(messages)
  insert.events(events)
  db.exec('commit')
}

function storeFor(duration: number): void {
  const until = performance.now() + duration * 1000
  while (performance.now() < until) storeBatch()
}

storeFor(WARM_UP)
const now = (): Usage => {
  const { user, system } = process.cpuUsage()
  const server = (user + system) / 1000
  return { at: performance.now(), delivered: stored, server, load: 0, ...machineTime() }
}
const before = now()
storeFor(seconds)
const used = difference(before, now())
const cost = Math.round((used.server / used.delivered) * 1000)
const rate: Rate = {
  perSecond: (used.delivered / used.at) * 1000,
  costs: `processor time a message: ${cost} µs${disturbance(used)}`,
}
process.stdout.write(JSON.stringify(rate))
db.close()
