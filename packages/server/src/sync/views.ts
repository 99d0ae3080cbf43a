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

export interface AskedMessages {
  viewer: AccountId
  places: readonly MessagePlace[]
}

export interface AskedConversations {
  viewer: AccountId
  ids: readonly ConversationId[]
}

/**
 * Looks up, within one read and for several people at once, what the ids of their logs stand for
 * now. Whatever is handed out counts as fetched, so inside a read this may throw what must be
 * written down first.
 */
export interface Look {
  /** One list for each that asks, in their order; without places that hold nothing for them. */
  messages(asked: readonly AskedMessages[]): Promise<MessageSeen[][]>
  /** One list for each that asks, in the order of their ids; without those that are not theirs. */
  conversations(asked: readonly AskedConversations[]): Promise<Conversation[][]>
}

/** What sync reads of the rooms that own the content. */
export interface Views {
  look(tx: Reader): Look
  inbox(tx: Reader, viewer: AccountId): Promise<Conversation[]>
  profiles(tx: Reader, viewer: AccountId, ids: readonly AccountId[]): Promise<Profile[]>
  me(tx: Reader, viewer: AccountId): Promise<Me>
}
