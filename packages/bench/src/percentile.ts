/**
 * The value that a part of the sample does not exceed (nearest rank: always one of the sample).
 * @param part 0.99 for the 99th percentile
 */
export function percentile(sample: readonly number[], part: number): number {
  const sorted = sample.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}
