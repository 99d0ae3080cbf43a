/**
 * What this device makes of what it is told. Every source (snapshot, event page, history page,
 * reply) goes through `upsertMessage` and `upsertConversation`, so that no order in which they
 * arrive can bring back what was taken back (S5). All of it computes on a `Patch`; nothing here
 * writes.
 */
import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { EventPage } from '@takeback/protocol/events.ts'
import type { Snapshot } from '@takeback/protocol/endpoints/sync.ts'
import type { ConversationId, MessageId } from '@takeback/protocol/ids.ts'
import type { Patch } from './patch.ts'
import { isRemoved, type StoredConversation } from './storage.ts'

/**
 * Takes in a message. Removed and unsent are terminal; what I deleted with its thread stays
 * deleted; else the higher version wins (S5). A message of mine ends its outbox entry, in the same
 * batch, whichever way it came (A2).
 */
export function upsertMessage(patch: Patch, message: Message): void {
  if (message.client_id !== undefined) patch.delete('outbox', message.client_id)
  const cleared = patch.get('conversations', message.conversation_id)?.cleared_seq ?? 0
  if (message.seq <= cleared) return
  const known = patch.get('messages', message.id)
  if (known !== undefined) {
    if (isRemoved(known)) return
    const wasUnsent = known.unsent_at !== null
    const isUnsent = message.unsent_at !== null
    if (wasUnsent && !isUnsent) return
    if (wasUnsent === isUnsent && message.version <= known.version) return
  }
  patch.put(
    'messages',
    message.unsent_at === null ? message : toTombstone(message, message.unsent_at),
  )
}

/** Gone from my view without a line; its id stays, so that no late page brings it back. */
export function removeMessage(patch: Patch, id: MessageId, conversation_id: ConversationId): void {
  const known = patch.get('messages', id)
  if (known !== undefined && isRemoved(known)) return
  patch.put('messages', { id, conversation_id, removed: true })
}

/** A message of mine that the server has acknowledged as unsent: gone here without waiting for the log. */
export function markUnsent(patch: Patch, id: MessageId, now: number): void {
  const known = patch.get('messages', id)
  if (known === undefined || isRemoved(known) || known.unsent_at !== null) return
  patch.put('messages', toTombstone(known, now))
}

const toTombstone = (message: Message, unsent_at: number): Message => ({
  ...message,
  text: null,
  edited_at: null,
  edit_count: 0,
  unsent_at,
})

/** Takes in a conversation: the higher version wins (S5). Its newest message is taken in by its own version. */
export function upsertConversation(patch: Patch, conversation: Conversation): void {
  takeConversation(patch, conversation)
  const { last_message } = conversation
  if (last_message !== null && !isAhead(patch, last_message)) upsertMessage(patch, last_message)
}

function takeConversation(patch: Patch, conversation: Conversation): void {
  const known = patch.get('conversations', conversation.id)
  if (known === undefined || conversation.version > known.version)
    storeConversation(patch, toStored(conversation, known))
}

/**
 * A conversation comes with its newest message of this moment. Between that and the newest one held
 * there may be others, of which the log will tell first (S1): it is left for the log to bring, so
 * that no gap shows.
 */
function isAhead(patch: Patch, message: Message): boolean {
  if (patch.get('messages', message.id) !== undefined) return false
  const newest = patch.newestSeq(message.conversation_id)
  return newest !== null && message.seq > newest
}

function storeConversation(patch: Patch, conversation: StoredConversation): void {
  const cleared = patch.get('conversations', conversation.id)?.cleared_seq ?? 0
  patch.put('conversations', conversation)
  if (conversation.cleared_seq > cleared)
    for (const message of patch.messagesThrough(conversation.id, conversation.cleared_seq))
      patch.delete('messages', message.id)
  const mark = patch.get('read_marks', conversation.id)
  if (mark !== undefined && mark.seq <= conversation.read_seq)
    patch.delete('read_marks', conversation.id)
}

function toStored(
  conversation: Conversation,
  known: StoredConversation | undefined,
): StoredConversation {
  return {
    id: conversation.id,
    version: conversation.version,
    kind: conversation.kind,
    folder: conversation.folder,
    hidden: conversation.hidden,
    members: conversation.members,
    last_activity_at: conversation.last_activity_at,
    unread_count: conversation.unread_count,
    read_seq: conversation.read_seq,
    // What was deleted here stays deleted, also when this copy was made before.
    cleared_seq: Math.max(conversation.cleared_seq, known?.cleared_seq ?? 0),
    last_message_id: conversation.last_message?.id ?? null,
    history_from: known?.history_from ?? null,
    has_older: known?.has_older ?? true,
  }
}

/** The thread is deleted for me up to a seq, here without waiting for the log. */
export function clearThread(patch: Patch, id: ConversationId, through: number): void {
  const known = patch.get('conversations', id)
  if (known === undefined || known.cleared_seq >= through) return
  const last =
    known.last_message_id === null ? undefined : patch.get('messages', known.last_message_id)
  const survives = last !== undefined && !isRemoved(last) && last.seq > through
  storeConversation(patch, {
    ...known,
    cleared_seq: through,
    read_seq: Math.max(known.read_seq, through),
    ...(survives ? {} : { hidden: true, unread_count: 0, last_message_id: null }),
  })
}

/**
 * `applied` · `seen`: nothing new in it · `gap`: it does not connect to my cursor, so the log must
 * be asked for again from there (S4).
 */
export type PageOutcome = 'applied' | 'seen' | 'gap'

/** Takes in a page of the log and moves the cursor with it (S3, S4). Unknown kinds only do the latter (S13). */
export function applyPage(patch: Patch, page: EventPage, now: number): PageOutcome {
  const { cursor } = patch.meta
  if (cursor === null || page.epoch !== cursor.epoch || page.after > cursor.seq) return 'gap'
  if (page.through <= cursor.seq) return 'seen'
  for (const conversation of page.conversations) takeConversation(patch, conversation)
  for (const message of page.messages) upsertMessage(patch, message)
  // At the head of the log nothing is left that it could tell of first.
  const isWhole = page.through >= page.head
  const told = new Set(page.events.map((event) => 'message_id' in event && event.message_id))
  for (const { last_message } of page.conversations)
    if (
      last_message !== null &&
      (isWhole || told.has(last_message.id) || !isAhead(patch, last_message))
    )
      upsertMessage(patch, last_message)
  for (const event of page.events) {
    if (event.kind === 'message.removed')
      removeMessage(patch, event.message_id, event.conversation_id)
    if (event.kind === 'message.new') startHistory(patch, event.conversation_id, event.message_id)
  }
  patch.setMeta({
    cursor: { epoch: page.epoch, seq: page.through },
    contact_at: now,
    ...(page.me === undefined ? {} : { me: page.me }),
  })
  return 'applied'
}

/**
 * Where nothing was held without a gap, everything from the first new message on is: those after it
 * stand later in the log (S1).
 */
function startHistory(patch: Patch, id: ConversationId, messageId: MessageId): void {
  const conversation = patch.get('conversations', id)
  const message = patch.get('messages', messageId)
  if (conversation === undefined || conversation.history_from !== null) return
  if (message === undefined || isRemoved(message)) return
  patch.put('conversations', { ...conversation, history_from: message.seq })
}

/** Replaces everything but outbox and drafts by a snapshot, never merging (S7). */
export function applySnapshot(patch: Patch, snapshot: Snapshot, now: number): void {
  const { device_id } = patch.meta
  patch.wipe('replica')
  patch.setMeta({
    cursor: { epoch: snapshot.epoch, seq: snapshot.seq },
    me: snapshot.me,
    device_id,
    contact_at: now,
  })
  for (const conversation of snapshot.conversations) upsertConversation(patch, conversation)
}

export interface HistoryPage {
  /** Oldest first. */
  readonly items: readonly Message[]
  readonly has_before: boolean
}

/**
 * Takes in a page of history asked for with `before` (null: the newest page) and stretches the held
 * range by it.
 */
export function extendHistory(
  patch: Patch,
  id: ConversationId,
  before: number | null,
  page: HistoryPage,
): void {
  for (const message of page.items) upsertMessage(patch, message)
  const conversation = patch.get('conversations', id)
  if (conversation === undefined) return
  const held = conversation.history_from
  // A page before something that is no longer held would leave a gap.
  if (before !== null && (held === null || held > before)) return
  const lowest = page.has_before ? (page.items[0]?.seq ?? before) : conversation.cleared_seq + 1
  if (lowest === null) return
  patch.put('conversations', {
    ...conversation,
    history_from: held === null ? lowest : Math.min(held, lowest),
    has_older: page.has_before && (held === null || lowest <= held ? true : conversation.has_older),
  })
}
