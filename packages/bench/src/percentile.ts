/**
 * The value that a part of the sample does not exceed (nearest rank: always one of the sample).
 * @param part 0.99 for the 99th percentile
 */
export function percentile(sample: readonly number[], part: number): number {
  const sorted = sample.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}

/**
 * The percentile that is met in the middle one of so many stretches of a measurement, one after the
 * other: what the measured thing does again and again shows, and a machine that stops for a moment
 * does not.
 */
export function steadyPercentile(sample: readonly number[], part: number, stretches = 10): number {
  const length = Math.ceil(sample.length / stretches)
  const each = Array.from({ length: stretches }, (_, index) =>
    percentile(sample.slice(index * length, (index + 1) * length), part),
  )
  return percentile(each, 0.5)
}
