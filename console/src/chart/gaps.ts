import type { StateRange } from '../figure/state-strip.tsx'
import type { Gap, PointValue } from './series.ts'

/** Times of which nothing is known: missing, and refused. Neighbours are one. */
export function gapsOf(states: readonly StateRange[] | null): Gap[] {
  const gaps: Gap[] = []
  for (const { start_time: startMs, end_time: endMs, state } of states ?? []) {
    if (state !== 'missing' && state !== 'refused') continue
    const last = gaps.at(-1)
    if (last?.endMs === startMs) last.endMs = endMs
    else gaps.push({ startMs, endMs })
  }
  return gaps
}

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
  // Both are in the order of time: the first gap that ends with a bucket or later is the one that may hold it.
  let at = 0
  const isUnknown = (index: number) => {
    while (at < gaps.length && (gaps[at]?.endMs ?? 0) < endOf(index)) at++
    return (gaps[at]?.startMs ?? Number.POSITIVE_INFINITY) <= (times[index] ?? 0)
  }
  return values.map((value, index) => (Number(value) === 0 && isUnknown(index) ? null : value))
}
