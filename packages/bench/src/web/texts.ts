const words =
  'the see you then what about tomorrow I found it under bridge really nice and so yes maybe later when we come home from work with Anna who said that it rains all day but never mind'.split(
    ' ',
  )

/**
 * The text of message number `n`: the number, so that order can be seen, and one to thirty words, a
 * few times several lines, a link or another script.
 */
export function textOf(n: number): string {
  const length = 1 + ((n * 7919) % 97 < 12 ? 24 : (n * 31) % 11)
  const said = Array.from({ length }, (_, at) => words[(n * 13 + at * 5) % words.length]).join(' ')
  if (n % 41 === 0) return `${n} https://example.org/${said.replaceAll(' ', '/')}`
  if (n % 29 === 0) return `${n} مرحبا كيف حالك اليوم`
  if (n % 23 === 0) return `${n} ${said}\n\n${said}`
  return n % 17 === 0 ? `${n} ${said} 🎬👋` : `${n} ${said}`
}
