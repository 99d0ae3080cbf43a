import type { Problem } from '@takeback/protocol/refusals.ts'
import type { AccountId, ClientId, ConversationId, MessageId } from '@takeback/protocol/ids.ts'

/**
 * What a tab asks of the leading one, which alone writes the local copy and holds the line. Plain
 * data in and out. Asking again after a change of leader does no harm: each may be done twice.
 */
export interface Commands {
  send(client_id: ClientId, id: ConversationId, text: string): Promise<void>
  retry(id: ClientId): Promise<void>
  cancel(id: ClientId): Promise<string | null>
  setDraft(id: ConversationId, text: string): Promise<void>
  open(accountId: AccountId): Promise<ConversationId>
  edit(id: MessageId, text: string): Promise<void>
  unsend(id: MessageId): Promise<void>
  deleteForMe(id: MessageId): Promise<void>
  deleteThread(id: ConversationId): Promise<void>
  loadOlder(id: ConversationId): Promise<void>
  markRead(id: ConversationId, seq: number): Promise<void>
  notifyTyping(id: ConversationId): Promise<void>
  /** Something speaks for a working network, or the device woke up. */
  wake(): Promise<void>
  /** There is no network any more. */
  networkGone(): Promise<void>
  signOut(): Promise<void>
  /** A call of this tab was refused because the session has ended. */
  sessionEnded(reason: Problem): Promise<void>
}
export type CommandName = keyof Commands
