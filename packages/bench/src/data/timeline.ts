import { Chance } from './chance.ts'
import { YEAR, type Plan } from './plan.ts'

/**
 * The messages of a data set in the order in which they were sent, numbered from 0. Those of one
 * conversation lie evenly over the time since it began. So no two that are shown together were
 * stored together: the worst that can be met when a page of history is read.
 */
export interface Timeline {
  conversation(message: number): number
  /** Which of the two members sent it: 0 or 1. */
  side(message: number): 0 | 1
  /** Unix milliseconds. */
  at(message: number): number
  /** The messages of each conversation, in order. */
  byConversation(): Uint32Array[]
}

/** Times are told apart by this many parts of the year. */
const PARTS = 2 ** 30
/** Above the number of conversations; times PARTS within what a number holds exactly. */
const CONVERSATIONS = 2 ** 20
/** Kinds of dice. */
const TIMES = 13
const SIDES = 14

export function timelineOf(plan: Plan): Timeline {
  const { messages, conversations } = plan.scale
  const chance = new Chance(TIMES, messages)
  // One number holds time and conversation, so that ten million are sorted in a second or two.
  const sent = new Float64Array(messages)
  let filled = 0
  for (let conversation = 0; conversation < conversations; conversation++) {
    const began = (plan.began(conversation) - YEAR.from) / (YEAR.to - YEAR.from)
    for (let count = plan.size(conversation); count > 0; count--) {
      // Up, so that none is sent before its conversation began.
      const part = Math.ceil((began + (1 - began) * chance.fraction()) * PARTS)
      sent[filled++] = part * CONVERSATIONS + conversation
    }
  }
  sent.sort()
  const conversation = (message: number): number => (sent[message] ?? 0) % CONVERSATIONS
  return {
    conversation,
    side: (message) => (new Chance(SIDES, message).bits() & 1 ? 1 : 0),
    at: (message) =>
      YEAR.from +
      Math.ceil((Math.floor((sent[message] ?? 0) / CONVERSATIONS) * (YEAR.to - YEAR.from)) / PARTS),
    byConversation() {
      const lists = Array.from(
        { length: conversations },
        (_, index) => new Uint32Array(plan.size(index)),
      )
      const lengths = new Uint32Array(conversations)
      for (let message = 0; message < messages; message++) {
        const index = conversation(message)
        const length = lengths[index] ?? 0
        lists[index]?.fill(message, length, length + 1)
        lengths[index] = length + 1
      }
      return lists
    },
  }
}
