import type { Latencies } from './schedule.ts'

/** Where a device's line goes, and as whom. */
export type Address = TakebackAddress | XmppAddress | RelayAddress

export interface TakebackAddress {
  protocol: 'takeback'
  /** e.g. `http://127.0.0.1:40123` */
  url: string
  token: string
  account: string
  conversation: string
  /** Where its log stands. */
  epoch: string
  seq: number
}

export interface XmppAddress {
  protocol: 'xmpp'
  port: number
  user: string
  password: string
  /** User whom it writes to. */
  to: string
}

export interface RelayAddress {
  protocol: 'relay'
  port: number
  name: string
  to: string
}

/** From the bench to a load process: plain data. */
export type Order =
  | { type: 'connect'; pairs: [Address, Address][] }
  | { type: 'rally'; window: number }
  | { type: 'schedule'; rate: number; warmUp: number; duration: number }
  | { type: 'count' }
  /** `patience`: how long what is missing may take, ms. */
  | { type: 'drain'; patience: number | null }

/** Each order is answered by one of these, in order; a fault may come at any time and ends the process. */
export type Answer =
  | { type: 'done' }
  | { type: 'counted'; count: Count }
  | { type: 'drained'; latencies: Latencies | null }
  | { type: 'fault'; what: string }

export interface Count {
  /** ms, on a clock of the load process. */
  at: number
  /** Messages received by all devices so far. */
  delivered: number
  /** Processor time that the load process has used, ms. */
  cpu: number
}
