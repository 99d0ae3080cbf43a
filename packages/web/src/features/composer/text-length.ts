/** As MAX_TEXT of the wire contract, whose schemas the browser does not carry. */
export const MAX_TEXT = 4000
/** From here on the field says how many characters are left. */
const NEAR = 200

/** Unicode code points, the unit in which the service measures a text. */
export function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** Characters left, once that is worth saying; negative when there are too many. */
export function charactersLeft(text: string): number | null {
  // A code point is one or two UTF-16 units.
  if (text.length <= MAX_TEXT - NEAR) return null
  const left = MAX_TEXT - codePoints(text)
  return left < NEAR ? left : null
}
