/** Widths of a report's buckets, seconds. */
export const intervals = [300, 3600] as const
export type IntervalSeconds = (typeof intervals)[number]

/** Half-open, unix ms, whole buckets. */
export type TimeRange = { startTimeMs: number; endTimeMs: number }

/**
 * Offset of bucket starts from whole UTC intervals, ms: hours follow the zone, and some zones are not whole hours from
 * UTC. The offset is taken at the range's start, so that all its buckets are one interval apart.
 */
export function bucketShiftMs(intervalSeconds: IntervalSeconds, startTimeMs: number, timeZone: string): number {
  const stepMs = intervalSeconds * 1000
  const shift = -zoneOffsetMs(startTimeMs, timeZone) % stepMs
  return (shift + stepMs) % stepMs
}

/** Widens the range outward to whole buckets of the zone. */
export function widenToBuckets(range: TimeRange, intervalSeconds: IntervalSeconds, timeZone: string): TimeRange {
  const stepMs = intervalSeconds * 1000
  const shiftMs = bucketShiftMs(intervalSeconds, range.startTimeMs, timeZone)
  return {
    startTimeMs: Math.floor((range.startTimeMs - shiftMs) / stepMs) * stepMs + shiftMs,
    endTimeMs: Math.ceil((range.endTimeMs - shiftMs) / stepMs) * stepMs + shiftMs,
  }
}

/** A zone's canonical name; null for an unknown zone. */
export function knownZone(text: string): string | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

/** The instant at which a date (`YYYY-MM-DD`) begins in a zone; null for text that is no date of the calendar. */
export function dayStartMs(date: string, timeZone: string): number | null {
  const asUtcMs = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN
  // `Date.parse` takes 30 February for 2 March.
  if (Number.isNaN(asUtcMs) || new Date(asUtcMs).toISOString().slice(0, 10) !== date) return null
  return instantOf(asUtcMs, timeZone)
}

/** The lead of the zone's clocks over UTC at an instant, ms. @throws RangeError for an unknown zone */
export function zoneOffsetMs(timeMs: number, timeZone: string): number {
  const fields = new Map(
    partsIn(timeZone)
      .formatToParts(timeMs)
      .map((part) => [part.type, Number(part.value)]),
  )
  const field = (name: Intl.DateTimeFormatPartTypes) => fields.get(name) ?? 0
  const asUtc = Date.UTC(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour') % 24,
    field('minute'),
    field('second'),
  )
  return asUtc - Math.floor(timeMs / 1000) * 1000
}

/** `YYYY-MM-DD HH:MM:SS` of an instant in a zone. */
export const localTime = (timeMs: number, timeZone: string): string =>
  new Date(timeMs + zoneOffsetMs(timeMs, timeZone)).toISOString().slice(0, 19).replace('T', ' ')

const formats = new Map<string, Intl.DateTimeFormat>()

function partsIn(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(timeZone, format)
  return format
}

/** The calendar months of a zone that a range touches, each cut to the range. `name` is `YYYY-MM`. */
export function calendarMonths(range: TimeRange, timeZone: string): (TimeRange & { name: string })[] {
  const months: (TimeRange & { name: string })[] = []
  for (let startTimeMs = range.startTimeMs; startTimeMs < range.endTimeMs; ) {
    const name = localTime(startTimeMs, timeZone).slice(0, 7)
    const [year = 0, month = 0] = name.split('-').map(Number)
    const endTimeMs = Math.min(range.endTimeMs, instantOf(Date.UTC(year, month), timeZone))
    months.push({ name, startTimeMs, endTimeMs })
    startTimeMs = endTimeMs
  }
  return months
}

/** The calendar months of which a range has only a part. */
export const partMonths = (range: TimeRange, timeZone: string): (TimeRange & { name: string })[] =>
  calendarMonths(range, timeZone).filter(({ name, startTimeMs, endTimeMs }) => {
    const [year = 0, month = 0] = name.split('-').map(Number)
    const isWhole =
      startTimeMs === instantOf(Date.UTC(year, month - 1), timeZone) &&
      endTimeMs === instantOf(Date.UTC(year, month), timeZone)
    return !isWhole
  })

/** The days of a zone that a range touches, each cut to the range. A day that the clocks leap over is left out. */
export function calendarDays(range: TimeRange, timeZone: string): TimeRange[] {
  const days: TimeRange[] = []
  for (let startTimeMs = range.startTimeMs; startTimeMs < range.endTimeMs; ) {
    const [year = 0, month = 0, day = 0] = localTime(startTimeMs, timeZone).slice(0, 10).split('-').map(Number)
    const endTimeMs = Math.min(range.endTimeMs, instantOf(Date.UTC(year, month - 1, day + 1), timeZone))
    days.push({ startTimeMs, endTimeMs })
    startTimeMs = endTimeMs
  }
  return days
}

const dayMs = 86_400_000

/** The instant at which a zone's clocks show the same time, some months and days later; or earlier. */
export function movedInZone(timeMs: number, by: { months?: number; days?: number }, timeZone: string): number {
  const asUtc = new Date(timeMs + zoneOffsetMs(timeMs, timeZone))
  const { months = 0, days = 0 } = by
  const day = asUtc.getUTCDate()
  asUtc.setUTCDate(1)
  asUtc.setUTCMonth(asUtc.getUTCMonth() + months)
  // 31 March less a month is the last of February.
  const lastDay = new Date(Date.UTC(asUtc.getUTCFullYear(), asUtc.getUTCMonth() + 1, 0)).getUTCDate()
  asUtc.setUTCDate(Math.min(day, lastDay))
  return instantOf(asUtc.getTime() + days * dayMs, timeZone)
}

/** The number of a zone's date at an instant: days since 1970-01-01. */
export const dayNumberAt = (timeMs: number, timeZone: string): number =>
  Math.floor((timeMs + zoneOffsetMs(timeMs, timeZone)) / dayMs)

/** The instants between which a zone has the date of a number. Empty for a date that its clocks leap over. */
export const spanOfDay = (dayNumber: number, timeZone: string): { startMs: number; endMs: number } => ({
  startMs: instantOf(dayNumber * dayMs, timeZone),
  endMs: instantOf((dayNumber + 1) * dayMs, timeZone),
})

/**
 * The first instant at which a zone's clocks show the time that UTC shows at `asUtcMs`. If they leap over it: the
 * leap's end.
 */
function instantOf(asUtcMs: number, timeZone: string): number {
  const guess = asUtcMs - zoneOffsetMs(asUtcMs, timeZone)
  const second = asUtcMs - zoneOffsetMs(guess, timeZone)
  // Clocks that go back show a time twice: the first is by the offset of the day before.
  const first = asUtcMs - zoneOffsetMs(asUtcMs - dayMs, timeZone)
  const shown = [guess, second, first].filter((timeMs) => timeMs + zoneOffsetMs(timeMs, timeZone) === asUtcMs)
  return shown.length > 0 ? Math.min(...shown) : Math.max(guess, second)
}
