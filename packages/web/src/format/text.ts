/** Unicode code points, the unit in which the service measures texts. */
export function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
