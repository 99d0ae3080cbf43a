import { Refusal } from '@takeback/protocol/refusals.ts'

/** Longest message text, in Unicode code points. */
const MAX_TEXT = 4000
const MAX_NAME = 50

/**
 * Whether a text can be a message; null means yes. Accepted texts are kept to the byte: nothing is
 * trimmed or normalised. NUL and lone surrogates are refused because no store and no UTF-8 encoder
 * keeps them.
 */
export function canBeText(text: string): Refusal | null {
  if (!isStorable(text))
    return new Refusal('invalid_input', { detail: 'text holds NUL or a lone surrogate.' })
  if (codePoints(text) > MAX_TEXT) return new Refusal('message_too_long')
  if (!hasInk(text)) return new Refusal('invalid_input', { detail: 'text is empty.' })
  return null
}

/**
 * Whether a text can be a display name; null means yes. Control characters and those that turn the
 * direction of text are refused: they would let a name rewrite what stands around it.
 */
export function canBeName(name: string): Refusal | null {
  const bad = (detail: string) => new Refusal('invalid_input', { detail })
  if (!isStorable(name)) return bad('display_name holds NUL or a lone surrogate.')
  if (/[\p{Cc}\u{200e}\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/u.test(name))
    return bad('display_name holds a control or text-direction character.')
  if (!hasInk(name)) return bad('display_name is empty.')
  if (codePoints(name) > MAX_NAME) return bad('display_name is longer than 50 characters.')
  return null
}

/** Whether a text survives every store and encoding unchanged. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

/** Something to see: not only white space, controls and format characters. */
const hasInk = (text: string): boolean => /[^\s\p{Cc}\p{Cf}\p{Z}]/u.test(text)

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
