/** How large a data set is. */
export interface Scale {
  name: string
  messages: number
  accounts: number
  conversations: number
  /** Of the messages, how many stand in one single conversation (the first). */
  giant: number
  /** The first accounts, who have a great many conversations each and have been away for long. */
  hubs: number
  hubConversations: number
  /** At least so many events have passed since, and their logs still hold them. */
  hubMissed: number
}

const scale = (name: string, sizes: Omit<Scale, 'name'>): Scale => ({ name, ...sizes })

/**
 * A town of twenty thousand who wrote ten million messages, and what the same would be with fewer.
 * `crowd` is for figures that need many people and no history.
 */
export const scales = {
  tiny: scale('tiny', {
    messages: 1000,
    accounts: 20,
    conversations: 60,
    giant: 100,
    hubs: 1,
    hubConversations: 19,
    hubMissed: 100,
  }),
  small: scale('small', {
    messages: 10_000,
    accounts: 200,
    conversations: 1000,
    giant: 1000,
    hubs: 2,
    hubConversations: 150,
    hubMissed: 150,
  }),
  medium: scale('medium', {
    messages: 1_000_000,
    accounts: 4000,
    conversations: 20_000,
    giant: 100_000,
    hubs: 12,
    hubConversations: 1000,
    hubMissed: 5_000,
  }),
  large: scale('large', {
    messages: 10_000_000,
    accounts: 20_000,
    conversations: 100_000,
    giant: 1_000_000,
    hubs: 20,
    hubConversations: 1000,
    hubMissed: 10_000,
  }),
  crowd: scale('crowd', {
    messages: 20_000,
    accounts: 20_000,
    conversations: 20_000,
    giant: 1,
    hubs: 0,
    hubConversations: 0,
    hubMissed: 0,
  }),
}

export type ScaleName = keyof typeof scales
