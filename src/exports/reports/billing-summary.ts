import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { calendarMonths } from '../../statistics/time-range.ts'
import {
  figuresSql,
  lastLogged,
  monthParameters,
  monthsSql,
  pointsPerMonthMax,
  pointsSql,
  type seriesSql,
  sliceDomains,
  untilLogsEnd,
} from '../../usage/bills/billing-months.ts'
import { commonParameters } from '../../usage/rows/data.ts'
import {
  discardedColumns,
  month,
  partColumns,
  peakColumns,
  percentile,
  pointColumns,
  seriesColumn,
  totalName,
  trafficColumns,
} from './billing-columns.ts'
import { needsFrom, type Report, type ReportInput, type Slice } from './report.ts'

const summary = sqlFile(import.meta.url, './billing-summary.sql')
const discarded = sqlFile(import.meta.url, './billing-discarded.sql')

/** The figures of a bill, of each domain and of all together, for each calendar month that the range touches. */
export const billingSummary: Report = {
  tables: () => [
    {
      name: 'months',
      title: { en: 'Months', zh: '月度' },
      rowIs: 'one calendar month of one domain, or of all domains together',
      columns: [month, ...partColumns, seriesColumn, ...trafficColumns, percentile, ...peakColumns, ...pointColumns],
      slices: slicesOf((series) => summarySql(series)),
    },
    {
      name: 'discarded_points',
      title: { en: 'Discarded points', zh: '剔除的点' },
      rowIs: 'one 5-minute point that the percentile leaves out; points without a request are not listed',
      columns: discardedColumns,
      slices: slicesOf((series) => discardedSql(series)),
    },
  ],
  rowsMax: (request, domainCount) => {
    const discardedMax = Math.floor((pointsPerMonthMax * (request.billing?.discardPercent ?? 0)) / 100)
    return calendarMonths(request, request.timeZone).length * (domainCount + 1) * (1 + discardedMax)
  },
  needs: (request) => needsFrom(request),
}

const slicesOf = (statementOf: (series: keyof typeof seriesSql) => string) =>
  async function* (input: ReportInput): AsyncGenerator<Slice> {
    const { request, domains } = input
    const watermark = lastLogged(input, domains)
    for (const monthOf of calendarMonths(request, request.timeZone)) {
      const shared = { ...commonParameters(input), ...monthParameters(request, monthOf, watermark) }
      const slice = (series: keyof typeof seriesSql, names: string[], among: string[]) => ({
        sql: statementOf(series),
        parameters: { ...shared, names, seriesCount: names.length, domains: among },
        rows: null,
        settings: {},
      })
      for (let first = 0; first < domains.length; first += sliceDomains) {
        const some = domains.slice(first, first + sliceDomains)
        yield slice('each', some, some)
      }
      yield slice('together', [totalName[request.language]], domains)
    }
  }

const logged = (series: keyof typeof seriesSql) => ({ points: pointsSql(series), until: untilLogsEnd })
const summarySql = (series: keyof typeof seriesSql) => fillSlots(summary, { figures: figuresSql(logged(series)) })
const discardedSql = (series: keyof typeof seriesSql) => fillSlots(discarded, { months: monthsSql(logged(series)) })
