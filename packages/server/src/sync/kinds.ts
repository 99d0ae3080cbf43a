/** Numbers of event kinds as stored in the log. Numbers are for ever: add, never reuse. */
export const kinds = {
  /** A message from somebody else. */
  messageNew: 1,
  /** A message of one's own, for one's other devices; told apart so that acks of it are no receipt. */
  messageOwn: 2,
  messageUpdated: 3,
  messageRemoved: 4,
  conversationUpdated: 5,
  relationUpdated: 6,
  meUpdated: 7,
} as const

export type Kind = (typeof kinds)[keyof typeof kinds]
