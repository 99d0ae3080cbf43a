import type { ConversationId } from '@takeback/protocol/ids.ts'
import { Chance } from './chance.ts'
import { conversationId } from './names.ts'
import type { Scale } from './scale.ts'

/**
 * Who talks to whom, how much and since when: all of a data set but its messages. It follows from
 * the scale alone, so whoever uses a data set makes its plan again instead of reading it.
 *
 * Accounts and conversations are numbers from 0, conversations in the order in which they began.
 */
export interface Plan {
  scale: Scale
  /** The two people of a conversation. */
  members(conversation: number): readonly [number, number]
  /** Messages in a conversation; at least one. */
  size(conversation: number): number
  /** When a conversation began, Unix milliseconds. */
  began(conversation: number): number
  id(conversation: number): ConversationId
  /** In which conversations somebody is, in order. */
  conversationsOf(account: number): readonly number[]
}

/** The year of which a data set tells. */
export const YEAR = { from: Date.UTC(2025, 9, 1), to: Date.UTC(2026, 9, 1) }
/** The last conversation begins when this part of the year is over. */
const BEGUN_BY = 0.9

/** Kinds of dice. */
const PAIRS = 11
const SIZES = 12

export function planOf(scale: Scale): Plan {
  const pairs = pairsOf(scale)
  const sizes = sizesOf(scale)
  const byAccount = Array.from({ length: scale.accounts }, (): number[] => [])
  for (const [conversation, pair] of pairs.entries())
    for (const account of pair) byAccount[account]?.push(conversation)
  const began = (conversation: number): number =>
    YEAR.from + Math.floor(((YEAR.to - YEAR.from) * BEGUN_BY * conversation) / scale.conversations)
  return {
    scale,
    members: (conversation) => pairs[conversation] ?? [0, 0],
    size: (conversation) => sizes[conversation] ?? 0,
    began,
    id: (conversation) => conversationId(conversation, began(conversation)),
    conversationsOf: (account) => byAccount[account] ?? [],
  }
}

type Pair = readonly [number, number]

/**
 * The giant conversation stands first, between two who are no hubs; the hubs' stand evenly among
 * the others. Of other people, some know many and most know few: the share of an account falls with
 * the root of its number.
 */
function pairsOf({ accounts, conversations, hubs, hubConversations }: Scale): Pair[] {
  const chance = new Chance(PAIRS, accounts, conversations)
  const taken = new Set<number>()
  const take = (a: number, b: number): boolean => {
    const key = Math.min(a, b) * accounts + Math.max(a, b)
    if (a === b || taken.has(key)) return false
    taken.add(key)
    return true
  }
  const somebody = () => hubs + Math.floor(chance.fraction() ** 2 * (accounts - hubs))
  const draw = (hub?: number): Pair => {
    for (;;) {
      const a = hub ?? somebody()
      const b = somebody()
      if (take(a, b)) return [a, b]
    }
  }
  take(hubs, hubs + 1)
  const pairs: Pair[] = [[hubs, hubs + 1]]
  const ofHubs = hubs * hubConversations
  for (let conversation = 1; conversation < conversations; conversation++) {
    const before = Math.floor(((conversation - 1) * ofHubs) / (conversations - 1))
    const after = Math.floor((conversation * ofHubs) / (conversations - 1))
    pairs.push(after > before ? draw(before % hubs) : draw())
  }
  return pairs
}

/** Few conversations are long and most are short, in no order; each has a message at least. */
function sizesOf({ messages, conversations, giant }: Scale): number[] {
  const chance = new Chance(SIZES, messages, conversations)
  const others = conversations - 1
  const ranks = Array.from({ length: others }, (_, rank) => rank)
  for (let left = others; left > 1; left--) {
    const other = chance.below(left)
    ;[ranks[left - 1], ranks[other]] = [ranks[other] ?? 0, ranks[left - 1] ?? 0]
  }
  const weights = ranks.map((rank) => (rank + 5) ** -0.7)
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  const spare = messages - giant - others
  let passed = 0
  const sizes = weights.map((weight) => {
    const before = Math.round((passed / whole) * spare)
    passed += weight
    return 1 + Math.round((passed / whole) * spare) - before
  })
  return [giant, ...sizes]
}
