import type { AdminCommand } from '@takeback/protocol/admin.ts'
import type { AccountId, DeviceId } from '@takeback/protocol/ids.ts'
import type { EndpointName } from '@takeback/protocol/routes.ts'
import type { Hint } from '../bus/bus.ts'
import type { Caller, Visitor } from '../caller.ts'

export type { Caller, Hint, Visitor }

/** Where a log stands, for a gateway that asks about many. */
export interface Heads {
  heads: { account_id: AccountId; head: number }[]
  /** Of the devices asked about, those signed out meanwhile. */
  revoked: DeviceId[]
}

/** A page of a log as the frame that carries it, with what a pump must know of it. */
export interface PageFrame {
  /** The cursor is no good: the frame says `reset`. */
  reset: boolean
  /** Where the reader stands after it. */
  through: number
  head: number
  /** `events` or `reset`, as JSON text. */
  frame: string
}

/**
 * The core as gateways see it: endpoint names and plain data, so that it may live in another
 * thread. What goes on to clients is JSON text already: it is written once, by the thread that has
 * it, and a text crosses threads for next to nothing. Every method rejects with `Refusal` or, for a
 * defect, any other error.
 */
export interface Core {
  /** Runs an endpoint with input that has been validated; resolves with its output as JSON text. */
  call(name: EndpointName, caller: Caller | Visitor, input: object): Promise<string>
  /** Runs a command of the operator's with input that has been validated; resolves with JSON text. */
  administer(command: AdminCommand, input: object): Promise<string>
  /** Whose token this is. */
  authenticate(token: string): Promise<Caller>
  /** The next page of a log. */
  page(account: AccountId, epoch: string, after: number): Promise<PageFrame>
  /** The epoch and where a log stands. */
  head(account: AccountId): Promise<{ epoch: string; head: number }>
  heads(accounts: readonly AccountId[], devices: readonly DeviceId[]): Promise<Heads>
  /** Devices that were signed out lately, on whatever node. */
  revokedLately(): Promise<DeviceId[]>
  /** A socket of this account opened here · closed. */
  attach(account: AccountId): void
  detach(account: AccountId): void
  /** Hints of this core; the gateway sets its one listener. */
  onHint(listener: (hint: Hint) => void): void
  healthy(): Promise<boolean>
  close(): Promise<void>
}
