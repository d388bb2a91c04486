/** A value of a point; null where it is not known. */
export type PointValue = number | bigint | null

export type Series = {
  name: string
  values: readonly PointValue[]
  /** Of an earlier range: drawn as a thin line. */
  isComparison?: boolean
}

/** A level across the whole chart, such as the 95th percentile. */
export type Level = { name: string; value: number }

/** Times of which the figures are not known, or not all. */
export type Gap = { startMs: number; endMs: number }

/** Values for the drawing, where the last digits of a bigint do not show. */
export const drawn = (values: readonly PointValue[]): (number | null)[] =>
  values.map((value) => (value === null ? null : Number(value)))

/**
 * Sums from the first series up, so that each is drawn on those before it. An unknown value adds nothing.
 * Series of an earlier range are a stack of their own.
 */
export function stacked(series: readonly Series[]): (number | null)[][] {
  const sums: Record<'now' | 'before', number[]> = { now: [], before: [] }
  return series.map(({ values, isComparison }) => {
    const below = sums[isComparison ? 'before' : 'now']
    return drawn(values).map((value, index) => {
      const sum = (below[index] ?? 0) + (value ?? 0)
      below[index] = sum
      return value === null ? null : sum
    })
  })
}
