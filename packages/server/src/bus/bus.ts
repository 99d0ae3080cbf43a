import type { Budget } from '@takeback/protocol/endpoints/endpoint.ts'
import type { AccountId, ConversationId, DeviceId } from '@takeback/protocol/ids.ts'

/**
 * What travels between cores and gateways besides answers: ids only, and only hints. One that is
 * lost costs seconds, never a message (B1); a forged one changes nothing.
 */
export type Hint =
  /** The log of this account has grown to `seq`. */
  | { type: 'poke'; account_id: AccountId; seq: number }
  /** This device was signed out: close its sockets (S1). */
  | { type: 'revoked'; device_id: DeviceId }
  /** Show `account_id` that `by` is typing. */
  | { type: 'typing'; account_id: AccountId; conversation_id: ConversationId; by: AccountId }

export type PublishHint = (hint: Hint) => void

/** Carries hints to the gateways of this node and, where there are several, of the others. */
export interface Bus {
  /** To every gateway that may have use for it. Never throws, never waits. */
  publish: PublishHint
  /** The one listener of this node; hears hints of its own node and of others alike. */
  onHint(listener: (hint: Hint) => void): void
  /** A socket of this account opened on this node · closed. Others' hints for it are wanted meanwhile. */
  attach(account: AccountId): void
  detach(account: AccountId): void
  /** Whether a socket of this account is open on any node, as far as is known here. */
  isConnected(account: AccountId): boolean
  close(): Promise<void>
}

/** What was drawn from one budget of one bucket: how many times. */
export interface Draw {
  budget: Budget
  /** The bucket, under a name that says nothing of the address or person it is for. */
  bucket: string
  count: number
}

/** Lets nodes draw from the same budgets: a bus that is down leaves each to its own. */
export interface SharedDraws {
  /** The name under which a bucket is known to all nodes, and by which nobody else knows it. */
  bucketName(bucket: string): string
  shareDraws(draws: readonly Draw[]): void
  /** The one listener of this node, for what other nodes drew. */
  onDraws(listener: (draws: readonly Draw[]) => void): void
}
