import { codePoints } from '../../format/text.ts'

/** As MAX_TEXT of the wire contract, whose schemas the browser does not carry. */
export const MAX_TEXT = 4000
/** From here on the field says how many characters are left. */
const NEAR = 200

/** Characters left, once that is worth saying; negative when there are too many. */
export function charactersLeft(text: string): number | null {
  // A code point is one or two UTF-16 units.
  if (text.length <= MAX_TEXT - NEAR) return null
  const left = MAX_TEXT - codePoints(text)
  return left < NEAR ? left : null
}
