import type { TimeRange } from './time-range.ts'

/**
 * Days of the daily URL totals are those of UTC+8, the contract's zone, whatever the server's zone. The totals stay
 * true when the zone is changed. A report counts the rest of another zone's day, outside whole days of UTC+8, from the
 * requests.
 */
const dayMs = 86_400_000
const urlDayOffsetMs = 8 * 3_600_000

/** The whole days inside a range, as one range; null when there is none. */
export function wholeDays(range: TimeRange): TimeRange | null {
  const startTimeMs = Math.ceil((range.startTimeMs + urlDayOffsetMs) / dayMs) * dayMs - urlDayOffsetMs
  const endTimeMs = Math.floor((range.endTimeMs + urlDayOffsetMs) / dayMs) * dayMs - urlDayOffsetMs
  return startTimeMs < endTimeMs ? { startTimeMs, endTimeMs } : null
}
