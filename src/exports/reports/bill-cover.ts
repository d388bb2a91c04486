import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { calendarMonths } from '../../statistics/time-range.ts'
import {
  figuresSql,
  lastLogged,
  monthParameters,
  pointsSql,
  type seriesSql,
  sliceDomains,
  untilLogsEnd,
} from '../../usage/bills/billing-months.ts'
import { commonParameters } from '../../usage/rows/data.ts'
import { filledPointsSql, gapParameters, readGaps } from './bill-gaps.ts'
import { type Series, seriesOf } from './bill-series.ts'
import { bucketsByState, runsIn, worstState } from './bill-states.ts'
import type { ReportInput, Slice } from './report.ts'
import { stateNames, worstFirst } from './state-names.ts'

const statement = sqlFile(import.meta.url, './bill-cover.sql')
const coverSql = (series: keyof typeof seriesSql) =>
  fillSlots(statement, {
    figures: figuresSql({ points: pointsSql(series), until: untilLogsEnd }),
    figures_if_filled: figuresSql({ points: filledPointsSql(series), until: '{untilFilled:Int64}' }),
  })

/** Lines of the cover: each account’s domains, then its total; at last that of all accounts. */
export async function* coverSlices(input: ReportInput): AsyncGenerator<Slice> {
  const { request } = input
  const accounts = seriesOf(input)
  for (const part of calendarMonths(request, request.timeZone)) {
    // An account's lines are those of its own bill, whatever others have logged.
    for (const { domains, total } of accounts) {
      const watermark = lastLogged(input, total.domains)
      const month = { ...commonParameters(input), ...monthParameters(request, part, watermark) }
      const gaps = await readGaps(input, month, total)
      const slice = (how: keyof typeof seriesSql, series: Series[]): Slice => ({
        sql: coverSql(how),
        parameters: {
          ...month,
          ...gapParameters(series, gaps, month.until),
          ...namesOf(series, input, { startMs: part.startTimeMs, endMs: part.endTimeMs }),
          domains: series.flatMap((one) => one.domains),
          seriesCount: series.length,
        },
        rows: series.length,
        settings: {},
      })
      for (let first = 0; first < domains.length; first += sliceDomains)
        yield slice('each', domains.slice(first, first + sliceDomains))
      yield slice('together', [total])
    }
  }
}

const provisionalAt = worstFirst.indexOf('provisional')
const unknownAt = [worstFirst.indexOf('missing'), worstFirst.indexOf('refused')]

function namesOf(series: Series[], { request }: ReportInput, span: { startMs: number; endMs: number }) {
  const counts = series.map(({ runs }) => bucketsByState(runs.flatMap((one) => runsIn(one, span))))
  return {
    accounts: series.map(({ account }) => account),
    names: series.map(({ name }) => name),
    states: counts.map((one) => stateNames[request.language][worstState(one)]),
    missing: counts.map((one) => unknownAt.reduce((sum, at) => sum + (one[at] ?? 0), 0)),
    provisional: counts.map((one) => one[provisionalAt] ?? 0),
  }
}
