import {
  calendarDays,
  calendarMonths,
  movedInZone,
  type TimeRange,
  widenToBuckets,
} from '../../statistics/time-range.ts'

/** Lengths of a bucket: seconds, or a calendar month. */
export const usageIntervals = [300, 3600, 86_400, 'month'] as const
export type UsageInterval = (typeof usageIntervals)[number]

/** Whole buckets of a zone, one after another, unix ms. Days and months are the zone's. */
export type UsageBuckets = TimeRange & {
  /** Their length; `range`: one bucket, the range itself. */
  interval: UsageInterval | 'range'
  timeZone: string
  /** The start of each bucket; a bucket ends where the next one starts. */
  starts: number[]
}

const dayMs = 86_400_000

/** A range as one bucket. Its ends are those of 5-minute buckets. */
export const wholeRange = ({ startTimeMs, endTimeMs }: TimeRange, timeZone: string): UsageBuckets => ({
  startTimeMs,
  endTimeMs,
  interval: 'range',
  timeZone,
  starts: [startTimeMs],
})

/** The buckets that a range touches. */
export function bucketsOf(range: TimeRange, interval: UsageInterval, timeZone: string): UsageBuckets {
  const spans = spansOf(range, interval, timeZone)
  const startTimeMs = spans[0]?.startTimeMs ?? range.startTimeMs
  const endTimeMs = spans.at(-1)?.endTimeMs ?? startTimeMs
  return { startTimeMs, endTimeMs, interval, timeZone, starts: spans.map((span) => span.startTimeMs) }
}

function spansOf(range: TimeRange, interval: UsageInterval, timeZone: string): TimeRange[] {
  if (interval === 300 || interval === 3600) {
    const { startTimeMs, endTimeMs } = widenToBuckets(range, interval, timeZone)
    const stepMs = interval * 1000
    const count = Math.max(0, (endTimeMs - startTimeMs) / stepMs)
    return Array.from({ length: count }, (_, n) => ({
      startTimeMs: startTimeMs + n * stepMs,
      endTimeMs: startTimeMs + (n + 1) * stepMs,
    }))
  }
  // A day or a month more on both sides, so that the outer ones are whole; then those that the range touches.
  const marginMs = (interval === 'month' ? 32 : 2) * dayMs
  const wide = { startTimeMs: range.startTimeMs - marginMs, endTimeMs: range.endTimeMs + marginMs }
  const spans = interval === 'month' ? calendarMonths(wide, timeZone) : calendarDays(wide, timeZone)
  return spans.filter(({ startTimeMs, endTimeMs }) => startTimeMs < range.endTimeMs && endTimeMs > range.startTimeMs)
}

/** Ranges that a question's figures may be compared with: the one before, equal weekdays, or a year before. */
export const comparisons = ['previous', 'weekdays', 'year'] as const
export type Comparison = (typeof comparisons)[number]

/** Equally many buckets of an earlier time; null for weekdays of months, which do not exist. */
export function comparedBuckets(buckets: UsageBuckets, comparison: Comparison): UsageBuckets | null {
  const { interval, timeZone, startTimeMs, endTimeMs, starts } = buckets
  const isMonth = interval === 'month'
  if (comparison === 'weekdays' && isMonth) return null
  const days = Math.ceil((endTimeMs - startTimeMs) / dayMs)
  const moved = (by: { months?: number; days?: number }) => movedInZone(startTimeMs, by, timeZone)
  if (comparison === 'year') return countedFrom(moved({ months: -12 }), buckets)
  if (comparison === 'weekdays') return countedFrom(moved({ days: -7 * Math.ceil(days / 7) }), buckets)
  if (isMonth) return countedFrom(moved({ months: -starts.length }), buckets)
  if (interval === 86_400) return countedFrom(moved({ days: -starts.length }), buckets)
  return countedFrom(startTimeMs - (endTimeMs - startTimeMs), buckets)
}

/** As many buckets as `like` has, from the one with an instant. */
function countedFrom(startTimeMs: number, { interval, timeZone, starts }: UsageBuckets): UsageBuckets {
  const count = starts.length
  if (interval === 300 || interval === 3600) {
    const first = widenToBuckets({ startTimeMs, endTimeMs: startTimeMs }, interval, timeZone).startTimeMs
    return bucketsOf({ startTimeMs: first, endTimeMs: first + count * interval * 1000 }, interval, timeZone)
  }
  if (interval === 'range') throw new Error('a range as one bucket is not compared')
  const by = interval === 'month' ? { months: count } : { days: count }
  return bucketsOf({ startTimeMs, endTimeMs: movedInZone(startTimeMs, by, timeZone) }, interval, timeZone)
}

/** The end of each bucket, unix ms. */
export const endsOf = ({ starts, endTimeMs }: UsageBuckets): number[] => [...starts.slice(1), endTimeMs]
