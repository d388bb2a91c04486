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

/** Sums from the first series up, so that each is drawn on those before it. An unknown value adds nothing. */
export function stacked(series: readonly (number | null)[][]): (number | null)[][] {
  const sums: number[] = []
  return series.map((values) =>
    values.map((value, index) => {
      sums[index] = (sums[index] ?? 0) + (value ?? 0)
      return value === null ? null : sums[index]
    }),
  )
}
