import type { Me, Profile } from '@takeback/protocol/endpoints/accounts.ts'
import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId, ConversationId, MessageId } from '@takeback/protocol/ids.ts'
import type { Reader } from '../store/store.ts'

/** A message's place, which is how the log names it. */
export interface MessagePlace {
  conversation_id: ConversationId
  seq: number
}

/** What a place holds for one person now: its id, and the message unless it is not theirs to see. */
export interface MessageSeen extends MessagePlace {
  id: MessageId
  message: Message | null
}

/**
 * How sync looks up, at the moment of reading, what the ids of its log stand for now. The rooms
 * that own the content provide it. Whatever is handed out counts as fetched, so inside a read these
 * may throw what must be written down first.
 */
export interface Views {
  messages(tx: Reader, viewer: AccountId, places: readonly MessagePlace[]): Promise<MessageSeen[]>
  /** `known` holds messages that were looked up in this very transaction. */
  conversations(
    tx: Reader,
    viewer: AccountId,
    ids: readonly ConversationId[],
    known: readonly MessageSeen[],
  ): Promise<Conversation[]>
  inbox(tx: Reader, viewer: AccountId): Promise<Conversation[]>
  profiles(tx: Reader, viewer: AccountId, ids: readonly AccountId[]): Promise<Profile[]>
  me(tx: Reader, viewer: AccountId): Promise<Me>
}
