import type { AccountId, ConversationId, DeviceId } from '@takeback/protocol/ids.ts'

/**
 * What travels between the core and the gateways besides answers: ids only, and only hints. One
 * that is lost costs seconds, never a message (B1); a forged one makes somebody read their own log.
 */
export type Hint =
  /** The log of this account has grown to `seq`. */
  | { type: 'poke'; account_id: AccountId; seq: number }
  /** This device was signed out: close its sockets (S1). */
  | { type: 'revoked'; device_id: DeviceId }
  /** Show `account_id` that `by` is typing. */
  | { type: 'typing'; account_id: AccountId; conversation_id: ConversationId; by: AccountId }

export type PublishHint = (hint: Hint) => void
