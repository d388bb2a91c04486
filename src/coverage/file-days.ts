import { fillSlots } from '../ports/warehouse/sql-file.ts'
import { dayNumberAt, spanOfDay } from '../statistics/time-range.ts'
import { zoneOffsets } from '../statistics/zone-offsets.ts'
import { coverageSql, namedSpansSql, type Question, sharedParameters } from './coverage-question.ts'
import type { DayOfFiles } from './day-states.ts'
import { keyOfSource, type Source } from './expected-sources.ts'
import type { Reporting } from './reporting-sources.ts'
import type { Span } from './runs.ts'

/** SQL of the number of the day, in a row's zone, that has an instant in unix seconds. */
const dayOf = (time: string) =>
  `intDiv(${time} + arrayElement(zone_offset, greatest(1, arrayLastIndex(x -> x <= ${time}, zone_from))), 86400)`

const fileDaysSql = coverageSql('./file-days.sql', {
  named_spans: fillSlots(namedSpansSql, { spans: coverageSql('./spans-of-daily-files.sql') }),
  early_day: dayOf('(first - 3600)'),
  late_day: dayOf('(last + 3599)'),
  line_day: dayOf('intDiv(first + last - 300, 2)'),
  written_day: dayOf('toInt64(toUnixTimestamp(written_at))'),
})

/** Days with files by `filesKey`, in order, and the keys of sources whose names mean the day before. */
export type FilesOfDays = { days: Map<string, DayOfFiles[]>; namedDayAfter: Set<string> }

/** Names the files of a source and a domain (class 0), or those of any domain of a class. */
export const filesKey = (of: { key: string; fileDomain: string; class: number }): string =>
  `${of.key}\0${of.class}\0${of.fileDomain}`

type DayRow = [day: number, files: number, wholeFiles: number, firstTime: number, lastTime: number]
type FileDaysRow = Source & { fileDomain: string; class: number; days: DayRow[]; namedDayAfter: number }

/** Zones of earlier files are taken as at this time. */
const zonesFromMs = Date.UTC(2000)
const dayMs = 86_400_000

/** Reads the days with files of the sources with daily files: those of the range, and those beside it. */
export async function readFileDays(
  question: Question,
  sources: readonly Reporting[],
  judgedAtMs: number,
): Promise<FilesOfDays> {
  const daily = dailyOf(sources)
  if (daily.length === 0) return { days: new Map(), namedDayAfter: new Set() }
  const { startMs, endMs } = question.range
  const startTimeMs = Math.min(zonesFromMs, startMs - 2 * dayMs)
  const offsets = daily.map(({ zone }) =>
    zoneOffsets({ startTimeMs, endTimeMs: Math.max(endMs, judgedAtMs) + 2 * dayMs }, zone),
  )
  const rows = await question.rows<FileDaysRow>(fileDaysSql, {
    ...sharedParameters(question),
    dailySources: daily.map(({ key }) => key),
    zoneFroms: offsets.map(({ fromSeconds }) => fromSeconds),
    zoneOffsets: offsets.map(({ offsetSeconds }) => offsetSeconds),
    fromDay: Math.floor(startMs / dayMs) - 3,
    toDay: Math.ceil(endMs / dayMs) + 3,
  })
  return {
    days: new Map(rows.map((row) => [filesKey({ ...row, key: keyOfSource(row) }), row.days.map(dayOfFiles)])),
    namedDayAfter: new Set(rows.filter((row) => row.namedDayAfter === 1).map(keyOfSource)),
  }
}

const dailyOf = (sources: readonly Reporting[]) =>
  sources.flatMap(({ key, cadence }) => (cadence.dayZone === null ? [] : [{ key, zone: cadence.dayZone }]))

const dayOfFiles = ([day, files, wholeFiles, firstTime, lastTime]: DayRow): DayOfFiles => ({
  ...{ day, files, wholeFiles },
  requests: lastTime === 0 ? null : { startMs: firstTime * 1000, endMs: lastTime * 1000 },
})

/** Parameters of late-lines.sql: the starts of the days about the range, unix s, for each source with daily files. */
export function dayStartsOf(sources: readonly Reporting[], range: Span) {
  const daily = dailyOf(sources)
  return { dailySources: daily.map(({ key }) => key), dayStarts: daily.map(({ zone }) => startsOfDays(range, zone)) }
}

function startsOfDays({ startMs, endMs }: Span, zone: string): number[] {
  const first = dayNumberAt(startMs, zone)
  const count = dayNumberAt(endMs, zone) - first + 2
  return Array.from({ length: count }, (_, n) => spanOfDay(first + n, zone).startMs / 1000)
}
