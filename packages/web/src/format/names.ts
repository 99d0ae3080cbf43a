import type { AccountSummary } from '@takeback/protocol/endpoints/accounts.ts'
import type { Conversation } from '@takeback/protocol/endpoints/conversations.ts'
import type { AccountId } from '@takeback/protocol/ids.ts'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** First letters of the first and last word, at most two graphemes, upper case. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean)
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words
  return ends
    .map((word = '') => [...graphemes.segment(word)][0]?.segment ?? '')
    .join('')
    .toLocaleUpperCase()
}

/** A hue from 0 to 359 that stays with an id. */
export function hueOf(id: string): number {
  let hash = 2166136261
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619)
  return ((hash ^ (hash >>> 15)) >>> 0) % 360
}

/** The members besides me. */
export function othersOf(
  conversation: Conversation,
  me: AccountId | undefined,
): readonly AccountSummary[] {
  return conversation.members.map(({ account }) => account).filter(({ id }) => id !== me)
}

/** What a conversation is called: its other members' names. */
export function titleOf(conversation: Conversation, me: AccountId | undefined): string {
  return othersOf(conversation, me)
    .map(({ display_name }) => display_name)
    .join(', ')
}
