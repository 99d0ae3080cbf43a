/** What is known of one person when a decision about messaging is made. */
export interface Person {
  /** ISO 8601 calendar date. */
  birth_date: string
  who_can_message: 'friends' | 'no_one'
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
}
