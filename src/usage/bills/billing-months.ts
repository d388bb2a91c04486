import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Parameters } from '../../ports/warehouse/warehouse.ts'
import { calendarDays, type TimeRange } from '../../statistics/time-range.ts'
import { pastUsageSql, usageInRangeSql } from '../rows/rows.ts'
import type { BillingRule } from './billing-rule.ts'

/** The figures that bills have, by calendar month and series: a domain, or several domains together. */

const points = sqlFile(import.meta.url, './billing-points.sql')
const months = sqlFile(import.meta.url, './billing-months.sql')
const figures = sqlFile(import.meta.url, './billing-figures.sql')

/** Domains of a slice: with 8,928 points each, a month of them is 0.9 million points in the engine. */
export const sliceDomains = 100
/** Points of the longest month; one more hour where clocks go back. */
export const pointsPerMonthMax = 31 * 288 + 12

/**
 * SQL of a row's series number: one for each of `domains`, the one that `seriesOf` has for each of them, one for all, or one for each day of
 * all.
 */
export const seriesSql = {
  // indexOf would walk the list for each row.
  each: 'CAST(transform(domain, {domains:Array(String)}, range(length({domains:Array(String)})), toUInt64(0)) AS Int64)',
  grouped: 'CAST(transform(domain, {domains:Array(String)}, {seriesOf:Array(UInt64)}, toUInt64(0)) AS Int64)',
  together: '0',
  days: 'indexOf({dayStarts:Array(Int64)}, roundDown(toInt64(toUnixTimestamp(bucket)), {dayStarts:Array(Int64)})) - 1',
} as const

/** SQL of the points of the series, for the slot `points`. @param isPast loads of the data version were removed since */
export const pointsSql = (series: keyof typeof seriesSql, isPast = false): string =>
  fillSlots(points, { series: seriesSql[series], usage: isPast ? pastUsageSql : usageInRangeSql })

/** Points in the form of `pointsSql`, and SQL of the second at which the last of them ends. */
type PointsSql = { points: string; until: string }

/** SQL of each series’ points of a month, in order. */
export const monthsSql = (of: PointsSql): string => fillSlots(months, of)

/** Figures of a bill from the same points. */
export const figuresSql = (of: PointsSql): string => fillSlots(figures, { months: monthsSql(of) })

/** The month ends where the logs of any of the domains end: a domain without later requests counts as zero there. */
export const untilLogsEnd = '{until:Int64}'

/** The last bucket with a request of any of the domains, unix s; 0 without one. */
export const lastLogged = (
  { watermarks }: { watermarks: ReadonlyMap<string, number> },
  domains: readonly string[],
): number => domains.reduce((last, domain) => Math.max(last, watermarks.get(domain) ?? 0), 0)

/** Unix s: the asked part of a month, [from, to), and where its points end. */
export type MonthParameters = Parameters & { from: number; to: number; until: number }

/** Parameters of the statements above for one month, or the asked part of one. `watermark`: `lastLogged` */
export function monthParameters(
  request: { billing: BillingRule | null; timeZone: string },
  part: TimeRange & { name: string },
  watermark: number,
): MonthParameters {
  const rule = request.billing
  if (!rule) throw new Error('a bill without its rule')
  const to = part.endTimeMs / 1000
  const days = calendarDays(part, request.timeZone)
  return {
    month: part.name,
    from: part.startTimeMs / 1000,
    to,
    until: Math.min(to, watermark + 300),
    dayStarts: days.map((day) => day.startTimeMs / 1000),
    dayEnds: days.map((day) => day.endTimeMs / 1000),
    discardPpm: Math.round(rule.discardPercent * 10_000),
    overheadPpm: Math.round(rule.overheadPercent * 10_000),
    validDayBytesOver: rule.validDayBytesOver,
  }
}
