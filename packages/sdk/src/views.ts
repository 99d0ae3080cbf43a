import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { ConversationId } from '@takeback/protocol/ids.ts'
import { placeOf, type LocalCopy } from './local-copy.ts'
import type { LiveState } from './live.ts'
import { isRemoved, type StoredConversation } from './storage.ts'
import type { Change, MessageStatus, OutboxEntry } from './types.ts'

/**
 * What is shown of the local copy. A view is the same object until what it shows changes, as
 * `useSyncExternalStore` and memoised components expect.
 */
export class Views {
  readonly #copy: LocalCopy
  readonly #live: () => LiveState
  readonly #conversation = new Map<ConversationId, Conversation | null>()
  readonly #messages = new Map<ConversationId, readonly Message[]>()
  readonly #outbox = new Map<ConversationId, readonly OutboxEntry[]>()
  readonly #folders = new Map<Conversation['folder'], readonly Conversation[]>()

  constructor(copy: LocalCopy, live: () => LiveState) {
    this.#copy = copy
    this.#live = live
  }

  /** Forgets the views that a change touches; to be called before the change is told. */
  forget(change: Change): void {
    const ids = [...(change.conversations ?? []), ...(change.messages ?? [])]
    if (change.everything) {
      this.#conversation.clear()
      this.#messages.clear()
      this.#outbox.clear()
    }
    for (const id of ids) {
      this.#conversation.delete(id)
      this.#messages.delete(id)
      this.#outbox.delete(id)
    }
    if (change.everything || ids.length > 0) this.#folders.clear()
  }

  conversations(folder: Conversation['folder']): readonly Conversation[] {
    return remember(this.#folders, folder, () => {
      const listed: Conversation[] = []
      for (const stored of this.#copy.all('conversations')) {
        if (stored.folder !== folder) continue
        const shown = this.conversation(stored.id)
        if (shown !== null && !shown.hidden) listed.push(shown)
      }
      return listed.sort(
        (a, b) => b.last_activity_at - a.last_activity_at || (a.id < b.id ? 1 : -1),
      )
    })
  }

  conversation(id: ConversationId): Conversation | null {
    return remember(this.#conversation, id, () => {
      const stored = this.#copy.get('conversations', id)
      return stored === undefined ? null : this.#show(stored)
    })
  }

  messages(id: ConversationId): readonly Message[] {
    return remember(this.#messages, id, () => {
      const messages = this.#copy.messagesOf(id)
      return messages.slice(placeOf(messages, this.#heldFrom(id)))
    })
  }

  hasOlder(id: ConversationId): boolean {
    const stored = this.#copy.get('conversations', id)
    if (stored === undefined) return false
    const { history_from, cleared_seq, has_older } = stored
    return has_older && (history_from === null || history_from > cleared_seq + 1)
  }

  /** In the order in which they go out. */
  outbox(id: ConversationId): readonly OutboxEntry[] {
    return remember(this.#outbox, id, () =>
      [...this.#copy.all('outbox')]
        .filter((entry) => entry.conversation_id === id)
        .sort((a, b) => a.order - b.order)
        .map(({ order: _order, ...entry }) =>
          this.#live().sending.has(entry.client_id) ? { ...entry, status: 'sending' } : entry,
        ),
    )
  }

  /** `delivered` and `read` once that is so for every other member. */
  statusOf(message: Message): MessageStatus {
    const members = this.#copy.get('conversations', message.conversation_id)?.members ?? []
    const others = members.filter((member) => member.account.id !== message.sender_id)
    if (others.length === 0) return 'sent'
    if (others.every((member) => member.read_seq >= message.seq)) return 'read'
    if (others.every((member) => Math.max(member.delivered_seq, member.read_seq) >= message.seq))
      return 'delivered'
    return 'sent'
  }

  /** Lowest seq of what is held without a gap; before any history is, of the newest message. */
  #heldFrom(id: ConversationId): number {
    const stored = this.#copy.get('conversations', id)
    if (stored === undefined) return Infinity
    if (stored.history_from !== null) return stored.history_from
    if (stored.last_message_id === null) return stored.cleared_seq + 1
    const last = this.#copy.get('messages', stored.last_message_id)
    if (last !== undefined && !isRemoved(last)) return last.seq
    return this.#copy.messagesOf(id).at(-1)?.seq ?? 0
  }

  /**
   * A conversation may be older than what is known of its messages, so its preview is not what it
   * was sent with but the newest message that is still there.
   */
  #show(stored: StoredConversation): Conversation {
    const { last_message_id: _id, history_from: _from, has_older: _older, ...conversation } = stored
    const last_message =
      this.messages(stored.id).findLast((message) => message.unsent_at === null) ?? null
    const waiting = this.outbox(stored.id).findLast((entry) => entry.status !== 'failed')
    return {
      ...conversation,
      last_message,
      // A thread with a message waiting to go out must be found again, also if it is its first.
      hidden: conversation.hidden && waiting === undefined,
      last_activity_at: Math.max(conversation.last_activity_at, waiting?.created_at ?? 0),
      ...this.#readMark(conversation),
    }
  }

  /** What I have read counts at once, also while the server does not know it yet. */
  #readMark(conversation: Pick<Conversation, 'id' | 'read_seq' | 'unread_count'>) {
    const { read_seq, unread_count } = conversation
    const mark = this.#copy.get('read_marks', conversation.id)
    if (mark === undefined || mark.seq <= read_seq) return { read_seq, unread_count }
    const me = this.#copy.meta.me?.id
    const messages = this.messages(conversation.id)
    const unread = messages
      .slice(placeOf(messages, mark.seq + 1))
      .filter((message) => message.sender_id !== me && message.unsent_at === null)
    return { read_seq: mark.seq, unread_count: Math.min(unread_count, unread.length) }
  }
}

function remember<Key, View>(views: Map<Key, View>, key: Key, make: () => View): View {
  const known = views.get(key)
  if (known !== undefined) return known
  const made = make()
  views.set(key, made)
  return made
}
