import type { WhoCanMessage } from '@takeback/protocol/endpoints/accounts.ts'

/** What is known of one person when a decision about messaging is made. */
export interface Person {
  /** ISO 8601 calendar date. */
  birth_date: string
  who_can_message: WhoCanMessage
}

/** `withdrawn`: unsent before it was answered. `expired`: never answered. */
export type RequestState = 'pending' | 'accepted' | 'declined' | 'withdrawn' | 'expired'

/** The latest request from one person to another. */
export interface Asked {
  state: RequestState
  /** Unix milliseconds. */
  at: number
}

/** Two people, as they stand to each other at the moment of a decision. */
export interface Pair {
  /** Unix milliseconds. */
  now: number
  me: Person
  them: Person
  /** I follow them. */
  following: boolean
  /** They follow me. */
  followed_by: boolean
  /** I blocked them. */
  blocked: boolean
  /** They blocked me. */
  blocked_by: boolean
  /** What I asked them. */
  asked: Asked | null
  /** What they asked me. */
  asked_by: Asked | null
  /** How many new people I have asked today. */
  asked_today: number
}
