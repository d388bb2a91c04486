import { localTime, type TimeRange, zoneOffsetMs } from './time-range.ts'

/**
 * The lead of a zone's clocks over UTC, from each of these instants on, unix s; the first is the range's start. Offsets
 * are whole minutes, as in RFC 3339; Monrovia's seconds, until 1972, are left out.
 *
 * Offsets come from Node. The engine reads a clock's time with another offset for hours around each change: as many as
 * the zone is away from UTC, and a day where clocks crossed the date line. For some zones it has other times before 2000.
 */
type ZoneOffsets = { fromSeconds: number[]; offsetSeconds: number[] }

/** Since 1970 no zone has changed its offset twice within 6 days: Boa Vista, Noronha and Recife did within 7, in 2000. */
const stepMs = 3 * 86_400_000

const minutesOf = (timeMs: number, timeZone: string) => Math.trunc(zoneOffsetMs(timeMs, timeZone) / 60_000)

export function zoneOffsets(range: TimeRange, timeZone: string): ZoneOffsets {
  let last = minutesOf(range.startTimeMs, timeZone)
  const found: ZoneOffsets = { fromSeconds: [Math.floor(range.startTimeMs / 1000)], offsetSeconds: [last * 60] }
  for (let timeMs = range.startTimeMs; timeMs < range.endTimeMs; ) {
    const nextMs = Math.min(timeMs + stepMs, range.endTimeMs - 1)
    if (nextMs <= timeMs) break
    const minutes = minutesOf(nextMs, timeZone)
    if (minutes !== last) {
      found.fromSeconds.push(changeBetween(timeMs, nextMs, timeZone))
      found.offsetSeconds.push(minutes * 60)
      last = minutes
    }
    timeMs = nextMs
  }
  return found
}

/** The first second that has the offset of `afterMs`. */
function changeBetween(beforeMs: number, afterMs: number, timeZone: string): number {
  const after = minutesOf(afterMs, timeZone)
  let [low, high] = [Math.floor(beforeMs / 1000), Math.ceil(afterMs / 1000)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (minutesOf(middle * 1000, timeZone) === after) high = middle
    else low = middle
  }
  return high
}

/** Formats an offset: `+08:00`. */
function offsetText(offsetSeconds: number): string {
  const minutes = Math.abs(offsetSeconds) / 60
  const two = (value: number) => String(value).padStart(2, '0')
  return `${offsetSeconds < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** An instant as the zone's clocks show it, with their offset: `2026-10-25T02:00:00+02:00`. */
export const offsetTime = (timeMs: number, timeZone: string): string =>
  localTime(timeMs, timeZone).replace(' ', 'T') + offsetText(minutesOf(timeMs, timeZone) * 60)

/** Parameters of the SQL below, for the times of a range. */
export function zoneParameters(range: TimeRange, timeZone: string) {
  const { fromSeconds, offsetSeconds } = zoneOffsets(range, timeZone)
  const [zoneOffset = 0] = offsetSeconds
  const texts = { zoneText: offsetText(zoneOffset), zoneTexts: offsetSeconds.map(offsetText) }
  return { zoneOffset, zoneFrom: fromSeconds, zoneOffsets: offsetSeconds, ...texts }
}

const secondsSql = (time: string) => `toInt64(toUnixTimestamp(${time}))`
/** The last offset change before a time. */
const changeSql = (time: string) => `roundDown(${secondsSql(time)}, {zoneFrom:Array(Int64)})`

/** SQL of a time as the zone's clocks show it; its type is a time in UTC. */
export function clockSql(time: string, offsetChanges: boolean): string {
  const offset = offsetChanges
    ? `transform(${changeSql(time)}, {zoneFrom:Array(Int64)}, {zoneOffsets:Array(Int64)}, toInt64(0))`
    : '{zoneOffset:Int64}'
  return `toDateTime64(${secondsSql(time)} + ${offset}, 0, 'UTC')`
}

/** SQL of the offset at a time: `+08:00`. */
export const offsetSql = (time: string, offsetChanges: boolean): string =>
  offsetChanges
    ? `transform(${changeSql(time)}, {zoneFrom:Array(Int64)}, {zoneTexts:Array(String)}, '')`
    : '{zoneText:String}'

/**
 * For clock times read as if they were UTC: the lead over UTC from each of these times on, unix s. An hour that occurs
 * twice means its first occurrence by `fromSeconds`, its second by `laterSeconds`. A time that is leapt over takes the
 * offset before the leap: 02:30 means 03:30.
 */
export function clockOffsets(range: TimeRange, timeZone: string): ZoneOffsets & { laterSeconds: number[] } {
  const { fromSeconds, offsetSeconds } = zoneOffsets(range, timeZone)
  const offsetOf = (n: number) => offsetSeconds[n] ?? 0
  // Clock times before the range take its first offset.
  const clocks = (of: (second: number, n: number) => number) =>
    fromSeconds.map((second, n) => (n === 0 ? 0 : of(second, n)))
  return {
    fromSeconds: clocks((second, n) => second + Math.max(offsetOf(n - 1), offsetOf(n))),
    laterSeconds: clocks((second, n) => second + offsetOf(n)),
    offsetSeconds,
  }
}
