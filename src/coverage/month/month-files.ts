import { spanOfDay } from '../../statistics/time-range.ts'
import type { CountedFiles, DomainCoverage } from '../read-coverage.ts'
import type { SourceCoverage } from '../reporting-sources.ts'
import type { Span } from '../runs.ts'
import type { DayFigures, ZoneDay } from './month-days.ts'

/** Files of a day and a domain: those that stated cadences make due, and those that came. */

const hourMs = 3_600_000

type Sources = ReadonlyMap<string, SourceCoverage>

/**
 * Counts the files that stated cadences make due on a day, up to now, rounded down.
 * @returns null where no number is stated, or where hours without requests have no file
 */
export function filesExpected(
  coverage: DomainCoverage,
  day: ZoneDay,
  sources: Sources,
  judgedAtMs: number,
): number | null {
  const reporting = partsOf(coverage, day, judgedAtMs).flatMap((part) => part.sources)
  if (reporting.some(({ source }) => sources.get(source)?.skipsEmptyHours)) return null
  const files = filesStated(coverage, day, sources, judgedAtMs)
  return files === null ? null : Math.floor(files + 0.001)
}

/** A day with more files of a domain than its sources state. */
export type Surplus<Day extends Span> = { day: Day; domain: string; come: number; due: number }

/** The days that have ended with more files of a domain than stated cadences allow. */
export function surplusOf<Day extends Span>(
  coverage: DomainCoverage,
  days: readonly Day[],
  sources: Sources,
  judgedAtMs: number,
): Surplus<Day>[] {
  return days.flatMap((day) => {
    const files = day.endMs > judgedAtMs ? null : filesStated(coverage, day, sources, judgedAtMs)
    const due = Math.ceil((files ?? 0) - 0.001)
    const come = filesCome(coverage, day, sources, { files: 0, streamFiles: 0 })
    return files !== null && come > due ? [{ day, domain: coverage.domain, come, due }] : []
  })
}

/** The parts of a day up to now, each with the sources that report it. */
const partsOf = ({ runs }: DomainCoverage, day: Span, judgedAtMs: number) =>
  runs
    .map(({ startMs, endMs, value }) => ({
      lengthMs: Math.min(endMs, day.endMs, judgedAtMs) - Math.max(startMs, day.startMs),
      sources: value.sources,
    }))
    .filter(({ lengthMs }) => lengthMs > 0)

/** A part of a day has a part of its files. */
function filesStated(coverage: DomainCoverage, day: Span, sources: Sources, judgedAtMs: number): number | null {
  let files: number | null = null
  for (const { lengthMs, sources: reporting } of partsOf(coverage, day, judgedAtMs)) {
    for (const { source } of reporting) {
      const { filesPerHour = null, filesPerDay = null } = sources.get(source) ?? {}
      if (filesPerHour !== null) files = (files ?? 0) + (filesPerHour * lengthMs) / hourMs
      if (filesPerDay !== null) files = (files ?? 0) + (filesPerDay * lengthMs) / (day.endMs - day.startMs)
    }
  }
  return files
}

/**
 * Counts the files that came for a day. Where a number is stated, they are those by which coverage judges the domain: a
 * file of several domains reports on each of them, with requests of it or without.
 * @param figures the day's files that have requests of the domain, or that it names
 */
export function filesCome(
  { files }: DomainCoverage,
  day: Span,
  sources: Sources,
  { files: withRequests, streamFiles }: Pick<DayFigures, 'files' | 'streamFiles'>,
): number {
  if (files.length === 0) return withRequests
  return files.reduce((sum, one) => sum + hourlyFiles(one, day) + dailyFiles(one, day, sources), streamFiles)
}

/** Files of the hours of which the middle lies in the day. */
const hourlyFiles = ({ fileRuns }: CountedFiles, day: Span): number =>
  fileRuns.reduce((sum, { startMs, endMs, value }) => {
    const firstAfter = (timeMs: number) => Math.ceil((timeMs - hourMs / 2) / hourMs)
    const hours = Math.min(endMs / hourMs, firstAfter(day.endMs)) - Math.max(startMs / hourMs, firstAfter(day.startMs))
    return sum + Math.max(0, hours) * value
  }, 0)

/** Files of the days, in the source's zone, of which the middle lies in the day. */
const dailyFiles = ({ days, source }: CountedFiles, day: Span, sources: Sources): number =>
  days.reduce((sum, one) => {
    const { startMs, endMs } = spanOfDay(one.day, sources.get(source)?.dayZone ?? 'UTC')
    const middleMs = (startMs + endMs) / 2
    return middleMs >= day.startMs && middleMs < day.endMs ? sum + one.files : sum
  }, 0)
