import Database from 'emoji-picker-element/database.js'
import type { Emoji, NativeEmoji } from 'emoji-picker-element/shared.js'
// Copied into the build beside the app: nothing comes from elsewhere.
import dataSource from 'emoji-picker-element-data/en/emojibase/data.json?url'

/** Groups of the data set in the order they are shown; 2 holds the bare skin tones. */
export const groups = [
  { group: 0, key: 'smileys', sign: '😀' },
  { group: 1, key: 'people', sign: '👋' },
  { group: 3, key: 'animals', sign: '🐱' },
  { group: 4, key: 'food', sign: '🍎' },
  { group: 5, key: 'travel', sign: '🏠' },
  { group: 6, key: 'activities', sign: '⚽' },
  { group: 7, key: 'objects', sign: '📝' },
  { group: 8, key: 'symbols', sign: '💟' },
  { group: 9, key: 'flags', sign: '🏁' },
] as const

export const tones = ['✋', '✋🏻', '✋🏼', '✋🏽', '✋🏾', '✋🏿'] as const

/** Newer emoji are boxes on many devices still. */
const NEWEST_VERSION = 15

export interface ShownEmoji {
  /** Without a skin tone; what "often used" counts. */
  base: string
  unicode: string
  name: string
}

const database = new Database({ dataSource, locale: 'en' })

const isNative = (emoji: Emoji): emoji is NativeEmoji => 'unicode' in emoji

function shown(emoji: readonly Emoji[], tone: number): ShownEmoji[] {
  return emoji
    .filter(isNative)
    .filter(({ version }) => version <= NEWEST_VERSION)
    .map(({ unicode, annotation, skins }) => ({
      base: unicode,
      unicode: skins?.find((skin) => skin.tone === tone)?.unicode ?? unicode,
      name: annotation,
    }))
}

export const emojiOfGroup = async (group: number, tone: number) =>
  shown(await database.getEmojiByGroup(group), tone)

export const emojiFound = async (query: string, tone: number) =>
  shown(await database.getEmojiBySearchQuery(query), tone)

export const emojiOftenUsed = async (tone: number) =>
  shown(await database.getTopFavoriteEmoji(24), tone)

export const countUse = (base: string) => database.incrementFavoriteEmojiCount(base)
export const readTone = (): Promise<number> => database.getPreferredSkinTone()
export const writeTone = (tone: number) => database.setPreferredSkinTone(tone)
