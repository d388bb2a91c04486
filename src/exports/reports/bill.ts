import type { BucketState } from '../../coverage/state-words.ts'
import { calendarDays, calendarMonths } from '../../statistics/time-range.ts'
import { completenessSlices, gapSlices } from './bill-completeness.ts'
import { coverSlices } from './bill-cover.ts'
import { listedSeries, pointSlices } from './bill-points.ts'
import {
  bandwidth,
  column,
  count,
  fromColumn,
  month,
  peakColumns,
  percentile,
  pointColumns,
  seriesColumn,
  text,
  toColumn,
  trafficColumns,
} from './billing-columns.ts'
import { bucketCount } from './bucket-slices.ts'
import {
  bandwidthColumn,
  domainColumn,
  fluxColumn,
  needsFrom,
  type Report,
  type ReportColumn,
  type Table,
  timeColumn,
} from './report.ts'
import { worstFirst } from './state-names.ts'

const bucketsPerHour = 12

/** A workbook of more tabs than this takes long to open, and nobody finds one: the points then stand in one table. */
const pointSheetsMax = 100

/**
 * The bill of a month: a cover, the completeness of its days, and every point. A bill of several accounts has a line for
 * each of their domains, and the points of each account.
 */
export const bill: Report = {
  tables: () => [cover, completeness, gaps, points],
  rowsMax: (request, domainCount) => {
    const months = calendarMonths(request, request.timeZone).length
    const days = calendarDays(request, request.timeZone).length
    const buckets = bucketCount(request)
    // An account of one domain has two lines. Gaps are taken for an hour long: more of them make a file longer than this.
    const gapsMax = Math.ceil(buckets / bucketsPerHour)
    return (2 * domainCount + 1) * months + domainCount * (days + gapsMax) + (domainCount + 1) * buckets
  },
  needs: (request) => needsFrom(request),
}

const account = column('account', 'Account', '账号', text, 'Name of the account that has the domain, or all accounts')

const stateColumns: Record<BucketState, ReportColumn> = {
  final: column(
    'final',
    'Final',
    '最终',
    count,
    'Buckets that every expected source has reported, by its stated cadence',
  ),
  reported: column('reported', 'Reported', '已上报', count, 'The same, but nothing is stated of one of the sources'),
  provisional: column('provisional', 'Provisional', '暂定', count, 'Buckets that may still grow'),
  missing: column('missing', 'Missing', '缺失', count, 'Buckets that no source has reported'),
  refused: column('refused', 'Refused', '拒收', count, 'The same, and a file came that was not taken'),
}

const cover: Table = {
  name: 'bill',
  title: { en: 'Bill', zh: '账单' },
  rowIs: 'one calendar month of one domain, of all domains of an account, or of all accounts',
  columns: [
    month,
    account,
    seriesColumn,
    column('state', 'Completeness', '完整性', text, 'The worst state among its buckets'),
    ...trafficColumns,
    column(
      'billed_gb',
      'Billed traffic (GB)',
      '计费流量(GB)',
      { type: 'decimal', unit: 'GB' },
      'Billed traffic; a GB is 1,000,000,000 bytes',
    ),
    column(
      'billed_tb',
      'Billed traffic (TB)',
      '计费流量(TB)',
      { type: 'decimal', unit: 'TB' },
      'Billed traffic; a TB is 1,000 GB',
    ),
    percentile,
    column(
      'percentile_mbps',
      'Percentile (Mbit/s)',
      '百分位带宽(Mbit/s)',
      { type: 'decimal', unit: 'Mbit/s' },
      'The same; a Mbit/s is 1,000,000 bit/s',
    ),
    column(
      'percentile_at_peak',
      'Percentile, gaps at peak (bit/s)',
      '缺口按峰值计的百分位带宽(bit/s)',
      bandwidth,
      'The percentile if each missing bucket of a domain were at the domain’s highest point; the percentile takes them for zero',
    ),
    ...peakColumns,
    ...pointColumns,
    column(
      'missing',
      'Lacking buckets',
      '欠缺时间段数',
      count,
      'Buckets of its domains that no source has reported, or whose file was refused',
    ),
    column('provisional', 'Provisional buckets', '暂定时间段数', count, 'Buckets of its domains that may still grow'),
    { ...fromColumn, from: 'first_time' },
    { ...toColumn, from: 'end_time' },
  ],
  slices: coverSlices,
}

const completeness: Table = {
  name: 'completeness',
  title: { en: 'Completeness', zh: '完整性' },
  rowIs: 'one day of one domain',
  columns: [
    account,
    domainColumn,
    column('day', 'Day', '日期', text, 'Day in the file’s time zone, as in 2026-09-17'),
    ...worstFirst.map((state, n) => ({ ...stateColumns[state], from: `counts[${n + 1}]` })).toReversed(),
  ],
  slices: completenessSlices,
}

const gaps: Table = {
  name: 'gaps',
  title: { en: 'Gaps', zh: '缺口' },
  rowIs: 'one range of buckets of one domain that are neither final nor reported',
  columns: [
    account,
    domainColumn,
    column('state', 'State', '状态', text, 'State of its buckets'),
    { ...fromColumn, from: 'first_time' },
    { ...toColumn, from: 'end_time' },
    column('buckets', 'Buckets', '时间段数', count, 'Buckets of 5 minutes'),
  ],
  slices: gapSlices,
}

const points: Table = {
  name: 'points',
  title: { en: 'Points', zh: '数据点' },
  rowIs: 'one 5-minute bucket of one domain or of all together; of several accounts, of each account and of all',
  columns: [
    month,
    account,
    seriesColumn,
    timeColumn,
    { ...fluxColumn, meaning: 'Bytes; empty if no log of the bucket has come' },
    bandwidthColumn,
    column('rank', 'Discarded as', '剔除排名', count, 'Place among the discarded points; empty if it is not discarded'),
    column('state', 'State', '状态', text, 'State of the bucket; of several domains, the worst one'),
  ],
  slices: (input) => pointSlices(input, listedSeries(input)),
  sheets: (input) => {
    const listed = listedSeries(input)
    if (listed.length > pointSheetsMax) return [points]
    // A visitor may send a host by the name of the total, which keeps it as the first tab of the two.
    return [...listed.slice(-1), ...listed.slice(0, -1)].map((series) => ({
      ...points,
      title: sheetTitle(series, input.accounts.length > 1),
      slices: (ofSheet) => pointSlices(ofSheet, [series]),
    }))
  },
}

function sheetTitle({ account: accountName, name }: { account: string; name: string }, isOfAccounts: boolean) {
  const title = isOfAccounts ? accountName : name
  return { en: title, zh: title }
}
