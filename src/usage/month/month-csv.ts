import { offsetTime } from '../../statistics/zone-offsets.ts'
import { csvOf } from '../csv.ts'
import type { MonthAnswer, MonthFiguresView } from './month-schema.ts'

const figureTitles = [
  ...['flux', 'billed_flux', 'requests', 'bandwidth_percentile', 'percentile_time', 'average_daily_peak'],
  ...['fourth_daily_peak', 'peak', 'peak_time', 'valid_days', 'points', 'discarded'],
  ...['points_at_end', 'discarded_at_end', 'above', 'left'],
  ...['forecast_flux', 'forecast_billed_flux', 'forecast_bandwidth_percentile', 'forecast_average_daily_peak'],
  'forecast_missing',
] as const

const commitTitles = [
  ...['traffic', 'bandwidth'].flatMap((what) => [
    `commit_${what}`,
    `commit_${what}_left`,
    `commit_${what}_left_at_end`,
  ]),
] as const

/** A row for each domain or account that the month is asked by; else one of all domains together. */
export function monthCsv(answer: MonthAnswer, groupBy: 'domain' | 'account' | null): string {
  const { month, time_zone: timeZone } = answer
  const figures = (one: MonthFiguresView) => figureCells(one, timeZone)
  if (groupBy === 'domain') {
    const rows = answer.domains.map((one) => [month, one.domain_name, ...figures(one)])
    return csvOf(['month', 'domain', ...figureTitles], rows)
  }
  if (groupBy === 'account') {
    const rows = answer.accounts.map((one) => [
      ...[month, one.account_id, one.account_name, ...figures(one)],
      ...commitCells(one.commit),
    ])
    return csvOf(['month', 'account_id', 'account_name', ...figureTitles, ...commitTitles], rows)
  }
  const row = [month, ...figures(answer.total), ...commitCells(answer.commit)]
  return csvOf(['month', ...figureTitles, ...commitTitles], [row])
}

function figureCells({ room, forecast, ...one }: MonthFiguresView, timeZone: string) {
  const time = (timeMs: number | null) => (timeMs === null ? null : offsetTime(timeMs, timeZone))
  return [
    ...[one.flux, one.billed_flux, one.requests, one.bandwidth_percentile, time(one.percentile_time)],
    ...[one.average_daily_peak, one.fourth_daily_peak, one.peak, time(one.peak_time)],
    ...[one.valid_days, one.points, one.discarded],
    ...[room.points_at_end, room.discarded_at_end, room.above, room.left],
    ...[forecast?.flux ?? null, forecast?.billed_flux ?? null, forecast?.bandwidth_percentile ?? null],
    ...[forecast?.average_daily_peak ?? null, one.forecast_missing],
  ]
}

const commitCells = (commit: MonthAnswer['commit']) =>
  [commit?.traffic, commit?.bandwidth].flatMap((one) => [
    one?.committed ?? null,
    one?.left ?? null,
    one?.left_at_end ?? null,
  ])
