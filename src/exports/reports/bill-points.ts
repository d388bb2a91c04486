import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import { calendarMonths } from '../../statistics/time-range.ts'
import { lastLogged, monthParameters, monthsSql, pointsSql, untilLogsEnd } from '../../usage/bills/billing-months.ts'
import { commonParameters } from '../../usage/rows/data.ts'
import { type Series, seriesOf } from './bill-series.ts'
import { worstRuns } from './bill-states.ts'
import type { ReportInput, Slice } from './report.ts'
import { namesInOrder, worstFirst } from './state-names.ts'

const points = pointsSql('together')
const statement = fillSlots(sqlFile(import.meta.url, './bill-points.sql'), {
  months: monthsSql({ points, until: untilLogsEnd }),
  points,
})

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
    const watermark = lastLogged(input, one.accountDomains)
    for (const part of calendarMonths(request, request.timeZone)) {
      const span = { startMs: part.startTimeMs, endMs: part.endTimeMs }
      const rows = (span.endMs - span.startMs) / bucketMs
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
          states: worstRuns(one.runs, span).flatMap(({ startMs, endMs, value }) =>
            Array<number>((endMs - startMs) / bucketMs).fill(worstFirst.indexOf(value)),
          ),
          stateNames: namesInOrder(request.language),
          lastUnknownState: worstFirst.indexOf('refused'),
        },
        rows,
        settings: {},
      }
    }
  }
}
