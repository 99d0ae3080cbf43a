import { hash } from 'node:crypto'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId, ClientId, ConversationId, MessageId } from '@takeback/protocol/ids.ts'
import { Refusal } from '@takeback/protocol/refusals.ts'
import { outcomeOf, type Outcome } from '../batch.ts'
import type { Caller } from '../caller.ts'
import {
  canMessage,
  dayOf,
  isRequest,
  REQUESTS_A_DAY,
  tooManyRequests,
} from '../policy/can-message.ts'
import type { Pair } from '../policy/facts.ts'
import { canBeRequest, canBeText } from '../policy/text.ts'
import type { Transaction } from '../store/store.ts'
import { kinds } from '../sync/kinds.ts'
import type { NewEvent } from '../sync/tables.ts'
import type { MessagingDeps } from './deps.ts'
import { firstRefusal, readPairsOfMany } from './facts.ts'
import {
  addTexts,
  insertMessages,
  messagesByClientId,
  type ClientKey,
  type MessageRow,
} from './message-tables.ts'
import { answerRequests, countRequests, putRequests, type RequestRow } from './request-tables.ts'
import { verdictsChanged } from './requests.ts'
import {
  lockConversations,
  membersOf,
  noteNewMessages,
  setFolders,
  setLastSeqs,
  type MemberRow,
  type NewInView,
} from './tables.ts'
import { toMessage } from './views.ts'

export interface SendInput {
  conversation_id: ConversationId
  client_id: ClientId
  text: string
}

export interface Sending {
  caller: Caller
  input: SendInput
}

/**
 * Sends messages: each is decided by policy, takes its conversation's next seq, and is told to the
 * log of every member, all in this one transaction. They come in batches because a statement costs
 * about the same for one as for many; each has an outcome of its own, in the order given.
 *
 * A client id that is known returns the message it became, with the same id and seq, also when it
 * has been unsent since; with another body it is `id_conflict` (S9, A2). Refusals leave nothing
 * behind, so the same client id may be tried again after one.
 */
export const send =
  (deps: MessagingDeps) =>
  async (tx: Transaction, sendings: readonly Sending[]): Promise<Outcome<Message>[]> => {
    const facts = await readFacts(deps, tx, sendings)
    const rows: MessageRow[] = []
    const outcomes = sendings.map((sending) =>
      outcomeOf(() => {
        const row = decide(deps, facts, sending)
        // What is tried again later in the same batch meets this one.
        if (!facts.known.has(keyOf(row))) {
          facts.known.set(keyOf(row), row)
          rows.push(row)
        }
        return toMessage(row, sending.caller.account_id)
      }),
    )
    await store(deps, tx, facts, rows)
    return outcomes
  }

/** What the decisions of a batch are made from; read after the conversations are held (X1, P1). */
interface Facts {
  /** By conversation: the highest seq given out, counted on as messages are accepted. */
  lastSeqs: Map<ConversationId, number>
  members: Map<ConversationId, MemberRow[]>
  /** By sender and conversation. */
  verdicts: Map<string, Verdict>
  /** By sender: new people asked today, counted on as requests are accepted. */
  askedToday: Map<AccountId, number>
  /** Messages by sender and client id. */
  known: Map<string, MessageRow>
}

/** What policy says of a writer. */
interface Verdict {
  /** What keeps them from writing, null for nothing. */
  refusal: Refusal | null
  /** Those for whom the next message is a request. */
  asks: AccountId[]
}

const keyOf = ({ sender_id, client_id }: ClientKey): string => `${sender_id} ${client_id}`

/** Somebody who wants to write into a conversation. */
interface Writer {
  account_id: AccountId
  conversation_id: ConversationId
}

const writerOf = ({ caller, input }: Sending): Writer => ({
  account_id: caller.account_id,
  conversation_id: input.conversation_id,
})

const writerKey = (writer: Writer): string => `${writer.account_id} ${writer.conversation_id}`

async function readFacts(
  deps: MessagingDeps,
  tx: Transaction,
  sendings: readonly Sending[],
): Promise<Facts> {
  const writers = new Map(
    sendings.map((sending) => [writerKey(writerOf(sending)), writerOf(sending)]),
  )
  const ids = [...new Set(sendings.map(({ input }) => input.conversation_id))]
  // Given in one go, they run one after the other: what is read is read once the conversations are held.
  const [held, known, memberRows] = await Promise.all([
    lockConversations(tx, ids),
    messagesByClientId(
      tx,
      sendings.map(({ caller, input }) => ({
        sender_id: caller.account_id,
        client_id: input.client_id,
      })),
    ),
    membersOf(tx, ids),
  ])
  const members = Map.groupBy(memberRows, (row) => row.conversation_id)
  return {
    lastSeqs: new Map(held.map(({ id, last_seq }) => [id, last_seq])),
    members,
    ...(await decideFor(deps, tx, members, [...writers.values()])),
    known: new Map(known.map((row) => [keyOf(row), row])),
  }
}

/** Asks policy about each writer once, however much they send. */
async function decideFor(
  deps: MessagingDeps,
  tx: Transaction,
  members: Facts['members'],
  writers: readonly Writer[],
): Promise<Pick<Facts, 'verdicts' | 'askedToday'>> {
  const recipients = writers.map((writer) => others(members, writer))
  const pairs = await readPairsOfMany(
    deps,
    tx,
    writers.flatMap(({ account_id: me }, index) =>
      (recipients[index] ?? []).map(({ account_id: them }) => ({ me, them })),
    ),
  )
  const verdicts = new Map<string, Verdict>()
  const askedToday = new Map<AccountId, number>()
  for (const [index, writer] of writers.entries()) {
    const mine = pairs.get(writer.account_id)
    const all = (recipients[index] ?? []).map(({ account_id }) => ({
      account_id,
      pair: mine?.get(account_id),
    }))
    verdicts.set(writerKey(writer), verdictOn(all))
    askedToday.set(writer.account_id, all[0]?.pair?.asked_today ?? 0)
  }
  return { verdicts, askedToday }
}

/** @param recipients each with how the writer stands to them, if they exist */
function verdictOn(recipients: readonly { account_id: AccountId; pair?: Pair }[]): Verdict {
  const pairs = recipients.flatMap(({ pair }) => pair ?? [])
  if (pairs.length === 0 || pairs.length < recipients.length)
    return { refusal: new Refusal('not_found'), asks: [] }
  return {
    refusal: firstRefusal(pairs, canMessage),
    asks: recipients.flatMap(({ account_id, pair }) => (pair && isRequest(pair) ? account_id : [])),
  }
}

/** All members but the writer; none if the writer is not a member. */
function others(members: Facts['members'], { account_id, conversation_id }: Writer): MemberRow[] {
  const all = members.get(conversation_id) ?? []
  const rest = all.filter((member) => member.account_id !== account_id)
  return rest.length === all.length ? [] : rest
}

/** The message that a sending became before, or becomes now. @throws Refusal */
function decide(deps: MessagingDeps, facts: Facts, sending: Sending): MessageRow {
  const { caller, input } = sending
  const unfit = canBeText(input.text)
  if (unfit !== null) throw unfit
  const sender_id = caller.account_id
  const known = facts.known.get(keyOf({ sender_id, client_id: input.client_id }))
  if (known !== undefined) return retried(known, input)

  const verdict = facts.verdicts.get(writerKey(writerOf(sending)))
  if (verdict === undefined) throw new Refusal('not_found')
  if (verdict.refusal !== null) throw verdict.refusal
  if (verdict.asks.length > 0) mayAsk(deps, facts, sending, verdict)
  const lastSeq = facts.lastSeqs.get(input.conversation_id)
  if (lastSeq === undefined) throw new Refusal('not_found')

  facts.lastSeqs.set(input.conversation_id, lastSeq + 1)
  return {
    conversation_id: input.conversation_id,
    seq: lastSeq + 1,
    id: deps.ids.next<MessageId>(),
    sender_id,
    client_id: input.client_id,
    body_hash: bodyHash(input),
    version: 1,
    sent_at: deps.clock(),
    text_id: null,
    text: input.text,
    edited_at: null,
    edit_count: 0,
    unsent_at: null,
    traceless: 0,
  }
}

/**
 * A request is one text without links, and the second message of a batch already meets the first.
 * @throws Refusal
 */
function mayAsk(deps: MessagingDeps, facts: Facts, sending: Sending, verdict: Verdict): void {
  const unfit = canBeRequest(sending.input.text)
  if (unfit !== null) throw unfit
  const sender = sending.caller.account_id
  const count = (facts.askedToday.get(sender) ?? 0) + verdict.asks.length
  if (count > REQUESTS_A_DAY) throw tooManyRequests(deps.clock())
  facts.askedToday.set(sender, count)
  verdict.refusal = new Refusal('request_pending')
}

function retried(known: MessageRow, input: SendInput): MessageRow {
  // An unsent message has forgotten its body: whatever is tried under its id meets the tombstone.
  const same = known.body_hash === null || known.body_hash === bodyHash(input)
  if (!same || known.conversation_id !== input.conversation_id) throw new Refusal('id_conflict')
  return known
}

const bodyHash = (input: SendInput): string => hash('sha256', input.text, 'base64url').slice(0, 22)

/** Writes accepted messages, with what they change for each member and what each log says of them. */
async function store(
  deps: MessagingDeps,
  tx: Transaction,
  facts: Facts,
  rows: readonly MessageRow[],
): Promise<void> {
  if (rows.length === 0) return
  const { lastSeqs, members } = facts
  const byConversation = Map.groupBy(rows, (row) => row.conversation_id)
  const textIds = await addTexts(
    tx,
    rows.map(({ text }) => text ?? ''),
  )
  // In one go as well; logs come last (sync/append.ts).
  await Promise.all([
    insertMessages(
      tx,
      rows.map((row, index) => ({ ...row, text_id: textIds[index] ?? null })),
    ),
    setLastSeqs(
      tx,
      [...byConversation.keys()].map((id) => ({ id, last_seq: lastSeqs.get(id) ?? 0 })),
    ),
    noteNewMessages(
      tx,
      [...byConversation].flatMap(([id, sent]) =>
        (members.get(id) ?? []).map((member) => newInView(deps, member, sent)),
      ),
    ),
    appendAll(deps, tx, facts, rows),
  ])
}

async function appendAll(
  deps: MessagingDeps,
  tx: Transaction,
  facts: Facts,
  rows: readonly MessageRow[],
): Promise<void> {
  const besides = await storeRequests(deps, tx, facts, rows)
  await deps.sync.append(tx, [
    ...rows.flatMap((row) =>
      (facts.members.get(row.conversation_id) ?? []).map((member) => event(row, member)),
    ),
    ...besides,
  ])
}

/**
 * Notes what these messages ask and answer, and moves conversations between inbox and requests.
 * Returns the events that tell of it besides the messages themselves.
 */
async function storeRequests(
  deps: MessagingDeps,
  tx: Transaction,
  { verdicts, members }: Facts,
  rows: readonly MessageRow[],
): Promise<NewEvent[]> {
  const requests: RequestRow[] = []
  const answered: { sender_id: AccountId; recipient_id: AccountId }[] = []
  const moves = new Map<MemberRow, MemberRow['folder']>()
  for (const { conversation_id, sender_id, seq, sent_at } of rows) {
    const verdict = verdicts.get(writerKey({ account_id: sender_id, conversation_id }))
    const asks = new Set(verdict?.asks)
    for (const recipient_id of asks) {
      const request = { sender_id, recipient_id, conversation_id, message_seq: seq }
      requests.push({ ...request, state: 'pending', requested_at: sent_at })
    }
    const all = members.get(conversation_id) ?? []
    for (const member of all) {
      const due = asks.has(member.account_id) ? 'requests' : 'inbox'
      const folder = moves.get(member) ?? member.folder
      if (folder === due || folder === 'blocked') continue
      moves.set(member, due)
      if (due === 'requests') continue
      // An answer accepts what was asked, and so does having become friends since.
      for (const { account_id: asker } of all)
        if (asker !== member.account_id)
          answered.push({ sender_id: asker, recipient_id: member.account_id })
    }
  }
  if (moves.size > 0)
    await setFolders(
      tx,
      [...moves].map(([{ conversation_id, account_id }, folder]) => ({
        conversation_id,
        account_id,
        folder,
      })),
    )
  if (answered.length > 0) await answerRequests(tx, answered, 'accepted')
  if (requests.length === 0) return answered.flatMap(verdictsChanged)
  await putRequests(tx, requests)
  const counts = new Map<AccountId, number>()
  for (const { sender_id } of requests) counts.set(sender_id, (counts.get(sender_id) ?? 0) + 1)
  await countRequests(tx, dayOf(deps.clock()), counts)
  return answered.flatMap(verdictsChanged)
}

function newInView(deps: MessagingDeps, member: MemberRow, sent: readonly MessageRow[]): NewInView {
  const theirs = sent.filter(({ sender_id }) => sender_id !== member.account_id)
  const newest = sent.at(-1)
  return {
    conversation_id: member.conversation_id,
    account_id: member.account_id,
    unread: theirs.length,
    seq: newest?.seq ?? 0,
    sent_at: newest?.sent_at ?? 0,
    fetched: theirs.length > 0 && deps.isConnected(member.account_id),
  }
}

const event = (row: MessageRow, member: MemberRow): NewEvent => ({
  account_id: member.account_id,
  kind: member.account_id === row.sender_id ? kinds.messageOwn : kinds.messageNew,
  conversation_id: row.conversation_id,
  message_seq: row.seq,
})
