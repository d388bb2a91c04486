import { AppError, quoted } from '../errors.ts'
import type { TimeRange } from '../statistics/time-range.ts'
import { bucketsOf, type UsageBuckets, type UsageInterval, wholeRange } from '../usage/figures/usage-buckets.ts'
import { contractZone, type Query, rangeError, rangeOf } from './wire/parameters.ts'

const dayMs = 86_400_000

/** Longest span of each interval, days: the union of what the contract's texts allow. Both ends of 31 days are 32. */
const spanDaysMax = { 300: 7, 3600: 31, 86400: 32 } as const
type SamplingInterval = keyof typeof spanDaysMax
const intervals = Object.keys(spanDaysMax).map(Number) as SamplingInterval[]

/** The buckets of a query; none when all of its range lies in the future. */
export type SampledRange = { asked: TimeRange; interval: SamplingInterval; buckets: UsageBuckets }

/**
 * The range of a query in whole buckets of UTC+8: misaligned times are widened, and the future is clipped.
 * @throws AppError CDN.0202 or CDN.0203
 */
export function sampledRange(query: Query, nowMs: number): SampledRange {
  const asked = rangeOf(query, spanDaysMax[86_400])
  const interval = intervalOf(query['interval']?.trim(), asked.endTimeMs - asked.startTimeMs)
  const clipped = { ...asked, endTimeMs: Math.min(asked.endTimeMs, nowMs) }
  return { asked, interval, buckets: bucketsOf(clipped, interval as UsageInterval, contractZone) }
}

function intervalOf(text: string | undefined, spanMs: number): SamplingInterval {
  const fitting = intervals.filter((interval) => spanMs <= spanDaysMax[interval] * dayMs)
  if (!text) return fitting[0] as SamplingInterval
  const interval = intervals.find((one) => String(one) === text)
  if (!interval)
    throw new AppError(
      'CDN.0203',
      `The sampling interval is incorrect: ${quoted(text)} is not one of ${intervals.join(', ')}`,
    )
  if (!fitting.includes(interval))
    throw new AppError(
      'CDN.0203',
      `The sampling interval is incorrect: ${interval} is for at most ${spanDaysMax[interval]} days`,
    )
  return interval
}

/** The same range as one bucket. */
export const asOneBucket = ({ buckets }: SampledRange): UsageBuckets => wholeRange(buckets, contractZone)

/**
 * The days of UTC+8 that a query's range touches, as one range; the future is clipped.
 * @throws AppError CDN.0202 for more than 32 of them
 */
export function dayRange(query: Query, nowMs: number): { asked: TimeRange; days: UsageBuckets } {
  const asked = rangeOf(query, spanDaysMax[86_400])
  const clipped = { ...asked, endTimeMs: Math.min(asked.endTimeMs, nowMs) }
  const days = bucketsOf(clipped, 86_400, contractZone)
  if (days.starts.length > spanDaysMax[86_400]) throw rangeError(`it touches more than ${spanDaysMax[86_400]} days`)
  return { asked, days }
}
