import { parameterError, quoted } from '../errors.ts'
import {
  dayStartMs,
  type IntervalSeconds,
  intervals,
  knownZone,
  localTime,
  type TimeRange,
  widenToBuckets,
} from './time-range.ts'

/** Years from 1970 to 2100: the engine's times end in 2106. */
export const timeMsMax = 4_102_444_800_000
const dayMs = 86_400_000

/** The contract allows only hourly buckets over a longer span. */
export const fiveMinuteSpanDaysMax = 90

/** Request parameters that name the buckets: unix ms, and seconds of a bucket. */
type AskedTimes = {
  start_time?: number | undefined
  end_time?: number | undefined
  /** Instead of the times: dates whose midnights in the zone they are. */
  start_date?: string | undefined
  end_date?: string | undefined
  interval?: number | undefined
}

/** Whole buckets, up to the present bucket at most. */
type AskedBuckets = TimeRange & { intervalSeconds: IntervalSeconds }

/**
 * The range of whole buckets that the parameters ask for: by default the last 24 whole hours. Buckets default to 300 s
 * up to 90 days, and beyond that to 3600 s where `hasBuckets`, else to 300 s. The future is clipped.
 * @param options.hasBuckets true if the answer has a value for each bucket
 * @throws AppError CDN.0001, naming the parameter; for an explicit interval of 300 over 90 days, too
 */
export function askedBuckets(
  asked: AskedTimes,
  { hasBuckets, timeZone, nowMs }: { hasBuckets: boolean; timeZone: string; nowMs: number },
): AskedBuckets {
  const range = askedRange(asked, timeZone, nowMs)
  const intervalSeconds = intervalOf(asked.interval, hasBuckets, range.endTimeMs - range.startTimeMs)
  const untilNow = widenToBuckets({ startTimeMs: range.startTimeMs, endTimeMs: nowMs }, intervalSeconds, timeZone)
  const wide = widenToBuckets(range, intervalSeconds, timeZone)
  const endTimeMs = Math.min(wide.endTimeMs, untilNow.endTimeMs)
  if (wide.startTimeMs >= endTimeMs) throw parameterError('start_time', 'it lies in the future')
  return { startTimeMs: wide.startTimeMs, endTimeMs, intervalSeconds }
}

/** The range that the parameters name, unix ms; by default the last 24 whole hours. @throws AppError CDN.0001 */
export function askedRange(asked: Omit<AskedTimes, 'interval'>, timeZone: string, nowMs: number): TimeRange {
  const startTimeMs = boundOf('start', asked, timeZone)
  const endTimeMs = boundOf('end', asked, timeZone)
  if (startTimeMs === undefined && endTimeMs === undefined) return lastDay(timeZone, nowMs)
  if (startTimeMs === undefined) throw parameterError('start_time', 'it must be given when end_time is')
  if (endTimeMs === undefined) throw parameterError('end_time', 'it must be given when start_time is')
  if (startTimeMs >= endTimeMs) throw parameterError('start_time', 'it must be before end_time')
  return { startTimeMs, endTimeMs }
}

/** True if an asked range goes on beyond `endTimeMs`: its part in the future is cut off. */
export const goesOnBeyond = (asked: AskedTimes, timeZone: string, endTimeMs: number): boolean =>
  (boundOf('end', asked, timeZone) ?? endTimeMs) > endTimeMs

/** A zone that a parameter names, by its canonical name. @throws AppError CDN.0001, naming the parameter */
export function askedZone(parameter: string, text: string): string {
  const zone = knownZone(text)
  if (zone === null)
    throw parameterError(parameter, `${quoted(text)} is not a zone such as Europe/Berlin, Asia/Shanghai or UTC`)
  return zone
}

/** One end of the range, as a time or as a date. */
function boundOf(end: 'start' | 'end', asked: Omit<AskedTimes, 'interval'>, timeZone: string): number | undefined {
  const [timeMs, date] = [asked[`${end}_time`], asked[`${end}_date`]]
  if (!date) return timeMs
  if (timeMs !== undefined) throw parameterError(`${end}_date`, `it does not go together with ${end}_time`)
  const dateMs = dayStartMs(date, timeZone)
  if (dateMs === null || dateMs < 0 || dateMs > timeMsMax)
    throw parameterError(`${end}_date`, `${quoted(date)} is not a date from 1970 to 2099, written as 2026-10-01`)
  return dateMs
}

/** The last 24 whole hours. */
function lastDay(timeZone: string, nowMs: number): TimeRange {
  const { startTimeMs: hourNow } = widenToBuckets({ startTimeMs: nowMs, endTimeMs: nowMs }, 3600, timeZone)
  return { startTimeMs: hourNow - dayMs, endTimeMs: hourNow }
}

function intervalOf(value: number | undefined, hasBuckets: boolean, spanMs: number): IntervalSeconds {
  const isLong = spanMs > fiveMinuteSpanDaysMax * dayMs
  if (value === undefined) return isLong && hasBuckets ? 3600 : 300
  const interval = intervals.find((candidate) => candidate === value)
  if (!interval) throw parameterError('interval', `${value} is not one of ${intervals.join(', ')}`)
  if (isLong && interval === 300) throw parameterError('interval', 'over 90 days only 3600 is allowed')
  return interval
}

/**
 * The month that a parameter names as `2026-09`, in a zone; without text that of an instant.
 * @throws AppError CDN.0001 for text that is no month, or a month of the future
 */
export function askedMonth(text: string | undefined, timeZone: string, nowMs: number): TimeRange & { name: string } {
  const name = text || localTime(nowMs, timeZone).slice(0, 7)
  const [year = 0, month = 0] = name.split('-').map(Number)
  const startTimeMs = dayStartMs(`${name}-01`, timeZone)
  if (startTimeMs === null || year < 1971 || year > 2099)
    throw parameterError('month', `${quoted(name)} is not a month from 1971-01 to 2099-12, written as 2026-09`)
  if (startTimeMs > nowMs) throw parameterError('month', 'it lies in the future')
  const next = new Date(Date.UTC(year, month)).toISOString().slice(0, 10)
  return { name, startTimeMs, endTimeMs: dayStartMs(next, timeZone) ?? startTimeMs }
}
