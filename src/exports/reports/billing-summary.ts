import { visibleSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { calendarDays, calendarMonths } from '../../statistics/time-range.ts'
import type { ExportRequest } from '../request/export-request.ts'
import {
  bandwidthColumn,
  commonParameters,
  domainColumn,
  fluxColumn,
  needsFrom,
  type Report,
  type ReportColumn,
  type ReportInput,
  type Slice,
  timeColumn,
} from './report.ts'

const months = sqlFile(import.meta.url, './billing-months.sql')
const summaryStatement = sqlFile(import.meta.url, './billing-summary.sql')
const discardedStatement = sqlFile(import.meta.url, './billing-discarded.sql')

/** Domains of a slice: with 8,928 points each, a month of them is 0.9 million points in the engine. */
const sliceDomains = 100
const pointsPerMonthMax = 31 * 288

/** The figures of a bill, of each domain and of all together, for each calendar month that the range touches. */
export const billingSummary: Report = {
  tables: () => [
    {
      name: 'months',
      title: { en: 'Months', zh: '月度' },
      rowIs: 'one calendar month of one domain, or of all domains together',
      columns: monthColumns,
      slices: slicesOf(summaryStatement),
    },
    {
      name: 'discarded_points',
      title: { en: 'Discarded points', zh: '剔除的点' },
      rowIs: 'one 5-minute point that the percentile leaves out; points without a request are not listed',
      columns: discardedColumns,
      slices: slicesOf(discardedStatement),
    },
  ],
  rowsMax: (request, domainCount) => {
    const discarded = Math.floor((pointsPerMonthMax * (request.billing?.discardPercent ?? 0)) / 100)
    return calendarMonths(request, request.timeZone).length * (domainCount + 1) * (1 + discarded)
  },
  needs: (request) => needsFrom(request),
}

type Kind = Pick<ReportColumn, 'type' | 'unit'>
const text: Kind = { type: 'text', unit: null }
const count: Kind = { type: 'integer', unit: null }
const bytes: Kind = { type: 'integer', unit: 'byte' }
const bandwidth: Kind = { type: 'integer', unit: 'bit/s' }

const column = (name: string, en: string, zh: string, kind: Kind, meaning: string): ReportColumn => ({
  name,
  title: { en, zh },
  ...kind,
  meaning,
})

const month = column('month', 'Month', '月份', text, 'Calendar month in the server’s time zone, as in 2026-09')

const seriesColumn: ReportColumn = { ...domainColumn, meaning: 'Domain, or the total of all domains together' }

const monthColumns: ReportColumn[] = [
  month,
  seriesColumn,
  { ...fluxColumn, from: 'known_flux' },
  column('billed_flux', 'Billed traffic (byte)', '计费流量(Byte)', bytes, 'Traffic plus the overhead of the rule'),
  column(
    'bandwidth_percentile',
    'Percentile bandwidth (bit/s)',
    '百分位带宽(bit/s)',
    bandwidth,
    'Highest 5-minute point that is left after the discarded ones',
  ),
  column(
    'average_daily_peak',
    'Average daily peak (bit/s)',
    '日峰值平均(bit/s)',
    bandwidth,
    'Mean of the highest points of the valid days',
  ),
  column(
    'fourth_daily_peak',
    '4th daily peak (bit/s)',
    '第四日峰值(bit/s)',
    bandwidth,
    'Fourth highest of the daily peaks; empty with fewer than four valid days',
  ),
  column('peak', 'Peak (bit/s)', '峰值(bit/s)', bandwidth, 'Highest 5-minute point of the valid days'),
  column('peak_time', 'Peak time', '峰值时间', { type: 'time', unit: null }, 'Start of that point’s bucket'),
  column(
    'valid_days',
    'Valid days',
    '有效天数',
    { type: 'integer', unit: 'day' },
    'Days with more bytes than the rule asks for',
  ),
  column('points', 'Points', '点数', count, 'Buckets of the valid days; a missing one is a point of zero'),
  column('discarded', 'Discarded points', '剔除点数', count, 'Highest points that the percentile leaves out'),
]

const discardedColumns: ReportColumn[] = [
  month,
  seriesColumn,
  column('rank', 'Rank', '排名', count, 'Place of the point; 1 is the highest'),
  timeColumn,
  fluxColumn,
  bandwidthColumn,
]

/** The domain cell of the total's row: no domain's name has a capital, or these characters. */
const totalName = { en: 'Total', zh: '合计' }

const slicesOf = (statement: string) =>
  async function* (input: ReportInput): AsyncGenerator<Slice> {
    const { request, domains } = input
    const watermark = Math.max(0, ...input.watermarks.values())
    const sqlOf = (series: string) =>
      fillSlots(statement, { months: fillSlots(months, { series, visible: visibleSql }) })
    for (const monthOf of calendarMonths(request, request.timeZone)) {
      const shared = { ...commonParameters(input), ...monthParameters(request, monthOf, watermark) }
      const slice = (sql: string, names: string[], among: string[]) => ({
        sql,
        parameters: { ...shared, names, seriesCount: names.length, domains: among },
        rows: null,
        settings: {},
      })
      for (let first = 0; first < domains.length; first += sliceDomains) {
        const some = domains.slice(first, first + sliceDomains)
        yield slice(sqlOf(`indexOf({domains:Array(String)}, domain) - 1`), some, some)
      }
      yield slice(sqlOf('0'), [totalName[request.language]], domains)
    }
  }

/** Points end where the logs of any of the domains end: a domain without later requests counts as zero there. */
function monthParameters(
  request: ExportRequest,
  part: { name: string; startTimeMs: number; endTimeMs: number },
  watermark: number,
) {
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
