import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { calendarMonths } from '../../statistics/time-range.ts'
import { type Series, seriesOf } from './bill-series.ts'
import { billStates, runsIn, stateWords, worstRuns } from './bill-states.ts'
import { lastLogged, monthParameters, monthsSql, pointsSql, untilLogsEnd } from './billing-months.ts'
import { commonParameters, type ReportInput, type Slice } from './report.ts'

const points = pointsSql('together')
const statement = fillSlots(sqlFile(import.meta.url, './bill-points.sql'), {
  months: monthsSql({ points, until: untilLogsEnd }),
  points,
})
const stepMs = 300_000

/**
 * The series whose points a bill lists: of one account its domains and their total; of several accounts, the total of
 * each and that of all.
 */
export function listedSeries(input: ReportInput): Series[] {
  const accounts = seriesOf(input)
  return accounts.length === 1
    ? accounts.flatMap(({ domains, total }) => [...domains, total])
    : accounts.map(({ total }) => total)
}

/** Each bucket of the series, month by month. */
export async function* pointSlices(input: ReportInput, series: Series[]): AsyncGenerator<Slice> {
  const { request } = input
  for (const one of series) {
    const states = worstRuns(one.runs)
    const watermark = lastLogged(input, one.accountDomains)
    for (const part of calendarMonths(request, request.timeZone)) {
      const span = { startMs: part.startTimeMs, endMs: part.endTimeMs }
      const rows = (span.endMs - span.startMs) / stepMs
      yield {
        sql: statement,
        parameters: {
          ...commonParameters(input),
          ...monthParameters(request, part, watermark),
          account: one.account,
          name: one.name,
          domains: one.domains,
          seriesCount: 1,
          rows,
          states: runsIn(states, span).flatMap(({ startMs, endMs, value }) =>
            Array<number>((endMs - startMs) / stepMs).fill(billStates.indexOf(value)),
          ),
          stateNames: billStates.map((state) => stateWords[state][request.language]),
          lastUnknownState: billStates.indexOf('refused'),
        },
        rows,
        settings: {},
      }
    }
  }
}
