import { bandwidthColumn, domainColumn, fluxColumn, type ReportColumn, timeColumn } from './report.ts'

/** Columns of bills; names without `from` are those of `billing-figures.sql`. */

type Kind = Pick<ReportColumn, 'type' | 'unit'>
export const text: Kind = { type: 'text', unit: null }
export const count: Kind = { type: 'integer', unit: null }
const time: Kind = { type: 'time', unit: null }
const bytes: Kind = { type: 'integer', unit: 'byte' }
export const bandwidth: Kind = { type: 'integer', unit: 'bit/s' }

/** The domain cell of a total's row: no domain's name has a capital, or these characters. */
export const totalName = { en: 'Total', zh: '合计' }

export const column = (name: string, en: string, zh: string, kind: Kind, meaning: string): ReportColumn => ({
  name,
  title: { en, zh },
  ...kind,
  meaning,
})

export const month = column('month', 'Month', '月份', text, 'Calendar month in the file’s time zone, as in 2026-09')

export const seriesColumn: ReportColumn = { ...domainColumn, meaning: 'Domain, or the total of all domains together' }

export const trafficColumns: ReportColumn[] = [
  { ...fluxColumn, from: 'known_flux' },
  column('billed_flux', 'Billed traffic (byte)', '计费流量(Byte)', bytes, 'Traffic plus the overhead of the rule'),
]

export const percentile = column(
  'bandwidth_percentile',
  'Percentile bandwidth (bit/s)',
  '百分位带宽(bit/s)',
  bandwidth,
  'Highest 5-minute point that is left after the discarded ones',
)

export const peakColumns: ReportColumn[] = [
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
  column('peak_time', 'Peak time', '峰值时间', time, 'Start of that point’s bucket'),
]

export const pointColumns: ReportColumn[] = [
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

export const discardedColumns: ReportColumn[] = [
  month,
  seriesColumn,
  column('rank', 'Rank', '排名', count, 'Place of the point; 1 is the highest'),
  timeColumn,
  fluxColumn,
  bandwidthColumn,
]

/** The part of a month, or of a range, that a row is about. */
export const fromColumn = column('from', 'From', '起始时间', time, 'Start of what the row is about')
export const toColumn = column('to', 'To', '结束时间', time, 'Its end, which is not part of it')

/** The part of a month that a row of the summary covers. */
export const partColumns: ReportColumn[] = [
  { ...fromColumn, from: 'part_from' },
  { ...toColumn, from: 'part_to' },
]
