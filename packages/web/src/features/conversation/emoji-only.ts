const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const emoji = /^\p{RGI_Emoji}$/v

/** Longest emoji sequences are some 15 UTF-16 units: past this a text is not three of them. */
const LONGEST = 120
/** Two letters side by side, as nearly every text has, stand in no emoji. Found far sooner than segments. */
const word = /\p{L}\p{L}/u

/** True for one to three emoji and nothing else: these stand large, without a bubble. */
export function isEmojiOnly(text: string): boolean {
  if (text.length > LONGEST || word.test(text)) return false
  let count = 0
  for (const { segment } of graphemes.segment(text)) {
    if (/^\s+$/u.test(segment)) continue
    if (!emoji.test(segment)) return false
    count += 1
  }
  return count >= 1 && count <= 3
}
