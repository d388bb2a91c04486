import type { StateRange } from '../figure/state-strip.tsx'
import type { Gap, PointValue } from './series.ts'

/** Times of which nothing is known: missing, and refused. */
export const gapsOf = (states: readonly StateRange[] | null): Gap[] =>
  (states ?? [])
    .filter(({ state }) => state === 'missing' || state === 'refused')
    .map(({ start_time: startMs, end_time: endMs }) => ({ startMs, endMs }))

/** A bucket within a gap has no value, as nobody knows it: zero would be a figure. */
export function withoutGaps(
  values: readonly PointValue[],
  times: readonly number[],
  gaps: readonly Gap[],
): PointValue[] {
  if (gaps.length === 0) return [...values]
  // Months differ in length: a bucket ends where the next one starts.
  const lastMs = (times.at(-1) ?? 0) - (times.at(-2) ?? 0)
  const endOf = (index: number) => times[index + 1] ?? (times[index] ?? 0) + lastMs
  const isUnknown = (index: number) =>
    gaps.some((gap) => gap.startMs <= (times[index] ?? 0) && endOf(index) <= gap.endMs)
  return values.map((value, index) => (Number(value) === 0 && isUnknown(index) ? null : value))
}
