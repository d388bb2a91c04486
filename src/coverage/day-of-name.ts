import { zoneOffsetMs } from '../statistics/time-range.ts'

/**
 * The zone whose day the dates in a source's names mean, and whether they mean the day before. `apartSeconds`: how far
 * the files' days are from the zone's; `endsAtUtc`: their end by the files, as 22:00.
 */
export type DayOfName = { zone: string; isDayBefore: boolean; apartSeconds: number; endsAtUtc: string }

const halfDay = 43_200
/** Zones that are as near as this are not told apart: the middle of a day's requests wanders. */
const nearSeconds = 1_800
/** Days of files that end further from each zone's midnight tell no zone: a log that is rotated in the morning. */
export const farSeconds = 10_800

/**
 * Chooses the zone in whose day the requests of dated files have their middle near noon.
 * @param middleOfDay seconds from the named day's midnight in UTC to that middle, of the median file
 * @param zones candidates; of those that are equally near, the first
 */
export function dayOfName(middleOfDay: number, atMs: number, zones: readonly string[]): DayOfName {
  const judged = zones.map((zone) => {
    const local = middleOfDay + zoneOffsetMs(atMs, zone) / 1000
    const isDayBefore = local < 0
    return { zone, isDayBefore, apart: Math.abs(local - (isDayBefore ? -halfDay : halfDay)) }
  })
  const least = Math.min(...judged.map(({ apart }) => apart))
  const chosen = least > farSeconds ? judged[0] : judged.find(({ apart }) => apart <= least + nearSeconds)
  const { zone = 'UTC', isDayBefore = false, apart: apartSeconds = 0 } = chosen ?? {}
  return { zone, isDayBefore, apartSeconds, endsAtUtc: clockText(middleOfDay + halfDay) }
}

/** The time of day, to a quarter of an hour. */
function clockText(seconds: number): string {
  const quarters = (((Math.round(seconds / 900) % 96) + 96) % 96) * 15
  return [Math.floor(quarters / 60), quarters % 60].map((part) => String(part).padStart(2, '0')).join(':')
}
