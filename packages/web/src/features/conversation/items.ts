import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId, MessageId } from '@takeback/protocol/ids.ts'
import type { OutboxEntry } from '@takeback/sdk/types.ts'
import { startOfDay, startOfNextDay } from '../../format/time.ts'

/** Messages of one person at most this far apart form a group. */
export const GROUP_MS = 2 * 60_000

interface InGroup {
  /** First and last of its group: decide corners, avatar and time. */
  first: boolean
  last: boolean
}

export interface MessageItem extends InGroup {
  kind: 'message'
  key: string
  message: Message
  own: boolean
  /** The mark stands at the newest own message only. */
  withStatus: boolean
  /** On its way out: unsent or removed a moment ago. */
  folding: boolean
}

export interface OutboxItem extends InGroup {
  kind: 'outbox'
  key: string
  entry: OutboxEntry
}

export interface UnsentItem {
  kind: 'unsent'
  key: string
  count: number
}

export type Item =
  | { kind: 'start'; key: 'start'; hasOlder: boolean }
  | { kind: 'day'; key: string; day: number }
  | { kind: 'unread'; key: 'unread' }
  | { kind: 'typing'; key: 'typing' }
  | MessageItem
  | OutboxItem
  | UnsentItem

export interface Shown {
  messages: readonly Message[]
  outbox: readonly OutboxEntry[]
  me: AccountId | undefined
  hasOlder: boolean
  typing: boolean
  folding: ReadonlySet<MessageId>
  /** Others' messages past this seq stood unread when the conversation was opened; null: none did. */
  unreadAfter: number | null
}

const isUnsent = (message: Message) => message.unsent_at !== null || message.text === null

/** Own messages keep the key that they had in the outbox, so that nothing flickers when they are sent. */
export const keyOf = ({ client_id, id }: Message): string => client_id ?? id

/**
 * The seq after which unread messages of others begin: what I have read, or my last own message,
 * for who answers has read. Null: nothing is unread.
 */
export function unreadStart(
  conversation: { unread_count: number; read_seq: number },
  messages: readonly Message[],
  me: AccountId,
): number | null {
  if (conversation.unread_count === 0) return null
  const answered = messages.findLast(({ sender_id }) => sender_id === me)?.seq ?? 0
  return Math.max(conversation.read_seq, answered)
}

/** The rows of a conversation, oldest first: days, groups, collapsed unsent lines, what waits to go out. */
export function buildItems(shown: Shown): Item[] {
  const { messages, outbox, me, folding } = shown
  const items: Item[] = [{ kind: 'start', key: 'start', hasOlder: shown.hasOlder }]
  let dayEnd = Number.NEGATIVE_INFINITY
  let unreadAfter = shown.unreadAfter
  /** The message or entry just before, with nothing between, if the next may join its group. */
  let before: (InGroup & { sender: AccountId | undefined; at: number }) | null = null
  let lastOwn: MessageItem | null = null

  function startDay(at: number) {
    if (at < dayEnd) return
    const day = startOfDay(at)
    dayEnd = startOfNextDay(at)
    items.push({ kind: 'day', key: `day-${day}`, day })
    before = null
  }

  /** Sets the corners of the two neighbours, and whether they are one group. */
  function join<I extends InGroup>(item: I, sender: AccountId | undefined, at: number) {
    if (before !== null && before.sender === sender && at - before.at <= GROUP_MS) {
      item.first = false
      before.last = false
    }
    before = Object.assign(item, { sender, at })
  }

  for (const message of messages) {
    startDay(message.sent_at)
    const own = message.sender_id === me
    if (unreadAfter !== null && message.seq > unreadAfter && !own && !isUnsent(message)) {
      items.push({ kind: 'unread', key: 'unread' })
      unreadAfter = null
      before = null
    }
    if (isUnsent(message) && !folding.has(message.id)) {
      const previous = items.at(-1)
      if (previous?.kind === 'unsent') previous.count += 1
      else items.push({ kind: 'unsent', key: `unsent-${message.id}`, count: 1 })
      before = null
      continue
    }
    const item: MessageItem = {
      kind: 'message',
      key: keyOf(message),
      message,
      own,
      withStatus: false,
      folding: folding.has(message.id),
      first: true,
      last: true,
    }
    join(item, message.sender_id, message.sent_at)
    if (own && !item.folding) lastOwn = item
    items.push(item)
  }

  for (const entry of outbox) {
    startDay(entry.created_at)
    const item: OutboxItem = {
      kind: 'outbox',
      key: entry.client_id,
      entry,
      first: true,
      last: true,
    }
    join(item, me, entry.created_at)
    items.push(item)
  }
  if (lastOwn !== null && outbox.length === 0) lastOwn.withStatus = true
  if (shown.typing) items.push({ kind: 'typing', key: 'typing' })
  return items
}
