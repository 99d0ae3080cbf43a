import type { Figure } from './figure.ts'

/** The figures as lines of text, columns aligned. */
export function table(figures: readonly Figure[]): string {
  const head = ['', 'figure', 'value', 'limit', 'target', 'verdict']
  const rows = [head, ...figures.map(rowOf)]
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const below = figures.map((figure) =>
    [...peerLines(figure), ...(figure.note === undefined ? [] : [figure.note])].map(
      (line) => `      ${line}`,
    ),
  )
  return [
    lines[0],
    ...figures.flatMap((_, index) => [lines[index + 1], ...(below[index] ?? [])]),
  ].join('\n')
}

const rowOf = (figure: Figure): string[] => [
  figure.id,
  figure.name,
  figure.value === null ? 'not measured' : `${amount(figure.value)} ${figure.unit}`,
  figure.limit === null ? '' : amount(figure.limit),
  figure.target,
  figure.ok === null ? '–' : figure.ok ? 'holds' : 'MISSED',
]

const peerLines = ({ peers, value, unit }: Figure): string[] =>
  peers.map((peer) => {
    const note = peer.note === undefined ? '' : ` (${peer.note})`
    if (peer.value === null) return `${peer.name}: not measured${note}`
    const ratio = value === null ? '' : `, ratio ${(value / peer.value).toFixed(2)}`
    return `${peer.name}: ${amount(peer.value)} ${unit}${ratio}${note}`
  })

/** Whole where that is exact enough. */
const amount = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) >= 100 ? 0 : 2 })
