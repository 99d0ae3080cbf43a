import { find as findLinks } from 'linkifyjs'
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

/** Whether a text can be a request; null means yes. Links are what unknown people are lured with. */
export const canBeRequest = (text: string): Refusal | null =>
  findLinks(text).length > 0 ? new Refusal('request_text_only') : null

const bad = (detail: string) => new Refusal('invalid_input', { detail })

/** Whether a text of some member can be shown to people; null means yes. */
export function canBeWords(member: string, text: string): Refusal | null {
  if (!isStorable(text)) return bad(`${member} holds NUL or a lone surrogate.`)
  return hasInk(text) ? null : bad(`${member} is empty.`)
}

/**
 * Whether it can stand in a line with others; null means yes. Control characters, line separators
 * and those that turn the direction of text are refused: they would let it rewrite what stands
 * around it.
 */
export function canBeLine(member: string, text: string): Refusal | null {
  const refusal = canBeWords(member, text)
  if (refusal === null && /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(text))
    return bad(`${member} holds a control or text-direction character.`)
  return refusal
}

/** Whether a text can be a display name; null means yes. */
export function canBeName(name: string): Refusal | null {
  const refusal = canBeLine('display_name', name)
  if (refusal !== null) return refusal
  return codePoints(name) > MAX_NAME ? bad('display_name is longer than 50 characters.') : null
}

/** Names that would speak for the service. */
const reserved = new Set(
  'admin administrator help moderator official operator root security staff support system takeback'.split(
    ' ',
  ),
)

/**
 * Whether a username, in lower case and of the schema's characters, may be taken; null means yes.
 * Dots only between other characters, so that no two names differ by what the eye passes over.
 */
export function canBeUsername(username: string): Refusal | null {
  if (/^\.|\.\.|\.$/.test(username))
    return new Refusal('invalid_input', {
      detail: 'username has a dot at its start or end, or two in a row.',
    })
  return reserved.has(username.replace(/[._]/g, '')) ? new Refusal('username_taken') : null
}

/** Whether a text survives every store and encoding unchanged. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

/**
 * Something to see: not only white space, controls, format characters and fillers that no font
 * draws (Default_Ignorable_Code_Point; the Braille blank is one in all but name).
 */
const hasInk = (text: string): boolean =>
  /[^\s\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u{2800}]/u.test(text)

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
