import { spanOfDay } from '../statistics/time-range.ts'
import type { Run, Span } from './runs.ts'

/** The states of a source with daily files. */

/**
 * A day of a source's zone with files: how many came, and how many of them came whole, which is after the day's end.
 * The span of their requests is null without one. Unix ms.
 */
export type DayOfFiles = { day: number; files: number; wholeFiles: number; requests: Span | null }

type DailyCadence = {
  filesPerDay: number
  dayZone: string | null
  delaySeconds: number
  expectedFromMs: number | null
}

/**
 * A day is final once all its files are there and `delay` has passed after its end; with fewer it is provisional. Files
 * that change at another time than midnight reach into the next day, or begin in the day before: such a piece of a day
 * is final only if the files of that other day are all there, too.
 * @param days in order
 */
export function runsByDay(
  days: readonly DayOfFiles[],
  cadence: DailyCadence,
  judgedAtMs: number,
): Run<'final' | 'provisional'>[] {
  const zone = cadence.dayZone ?? 'UTC'
  const known = new Map(days.map((one) => [one.day, { ...one, ...spanOfDay(one.day, zone) }]))
  const isWhole = (day: number) => (known.get(day)?.wholeFiles ?? 0) >= cadence.filesPerDay
  const near = (day: number) => [day - 1, day, day + 1].flatMap((one) => known.get(one) ?? [])
  return [...known.values()].flatMap(({ day, startMs, endMs }): Run<'final' | 'provisional'>[] => {
    if (endMs <= startMs) return []
    const isFinal = isWhole(day) && endMs + cadence.delaySeconds * 1000 <= judgedAtMs
    if (!isFinal) return [{ startMs, endMs, value: 'provisional' }]
    const isFirst = cadence.expectedFromMs !== null && cadence.expectedFromMs >= startMs
    const onMs = isFirst || isWhole(day - 1) ? 0 : Math.max(0, ...near(day).map(reachOnMs))
    const backMs = isWhole(day + 1) ? 0 : Math.max(0, ...near(day).map(reachBackMs))
    const fromMs = Math.min(endMs, startMs + onMs)
    const untilMs = Math.max(fromMs, endMs - backMs)
    return [
      { startMs, endMs: fromMs, value: 'provisional' },
      { startMs: fromMs, endMs: untilMs, value: 'final' },
      { startMs: untilMs, endMs, value: 'provisional' },
    ]
  })
}

type Spanned = DayOfFiles & Span

/** The time by which the requests of a day's files go beyond its end, and begin before its start; may be negative. */
const reachOnMs = ({ requests, endMs }: Spanned) => (requests ? requests.endMs - endMs : 0)
const reachBackMs = ({ requests, startMs }: Spanned) => (requests ? startMs - requests.startMs : 0)

/** Two lists of days as one, in order. */
export function sumOfDays(a: readonly DayOfFiles[], b: readonly DayOfFiles[]): DayOfFiles[] {
  const days = new Map<number, DayOfFiles>()
  for (const one of [...a, ...b]) {
    const known = days.get(one.day)
    days.set(one.day, known ? together(known, one) : one)
  }
  return [...days.values()].sort((one, other) => one.day - other.day)
}

const together = (one: DayOfFiles, other: DayOfFiles): DayOfFiles => ({
  day: one.day,
  files: one.files + other.files,
  wholeFiles: one.wholeFiles + other.wholeFiles,
  requests:
    one.requests && other.requests
      ? {
          startMs: Math.min(one.requests.startMs, other.requests.startMs),
          endMs: Math.max(one.requests.endMs, other.requests.endMs),
        }
      : (one.requests ?? other.requests),
})
