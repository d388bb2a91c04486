import { isUnknown } from '../../coverage/state-words.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Parameters } from '../../ports/warehouse/warehouse.ts'
import { type MonthParameters, pointsSql, type seriesSql, sliceDomains } from '../../usage/bills/billing-months.ts'
import type { Series } from './bill-series.ts'
import { runsIn } from './bill-states.ts'
import type { ReportInput } from './report.ts'

const filled = sqlFile(import.meta.url, './bill-points-if-filled.sql')
const peaks = fillSlots(sqlFile(import.meta.url, './bill-domain-peaks.sql'), { points: pointsSql('each') })

/** A domain’s missing buckets in a row, unix s, and its highest point of the month. */
type Gap = { from: number; to: number; peakBytes: string }
export type Gaps = ReadonlyMap<string, Gap[]>

/** Points as they would be if each missing bucket were at its domain’s highest point. */
export const filledPointsSql = (series: keyof typeof seriesSql): string =>
  fillSlots(filled, { points: pointsSql(series) })

/** The missing buckets of each domain in a month, with the domain’s highest point; none for a domain without points. */
export async function readGaps(
  input: Pick<ReportInput, 'rows'>,
  month: MonthParameters,
  { domains, runs }: Series,
): Promise<Gaps> {
  const span = { startMs: month.from * 1000, endMs: month.to * 1000 }
  const missing = new Map(
    domains.map((name, n) => [name, runsIn(runs[n] ?? [], span).filter(({ value }) => isUnknown(value))]),
  )
  const names = [...missing].filter(([, runs]) => runs.length > 0).map(([name]) => name)
  const gaps = new Map<string, Gap[]>()
  for (let first = 0; first < names.length; first += sliceDomains) {
    const parameters = { ...month, domains: names.slice(first, first + sliceDomains) }
    for (const { domain, peakBytes } of await input.rows<{ domain: string; peakBytes: string }>(peaks, parameters))
      gaps.set(
        domain,
        (missing.get(domain) ?? []).map(({ startMs, endMs }) => ({
          from: startMs / 1000,
          to: endMs / 1000,
          peakBytes,
        })),
      )
  }
  return gaps
}

/** Parameters of `filledPointsSql`. `untilFilled`, unix s, is the later of `until` and the last gap’s end. */
export function gapParameters(series: readonly Series[], gaps: Gaps, until: number): Parameters {
  const all = series.flatMap(({ domains }, n) =>
    domains.flatMap((domain) => (gaps.get(domain) ?? []).map((gap) => ({ ...gap, n }))),
  )
  return {
    gapSeries: all.map(({ n }) => n),
    gapStarts: all.map(({ from }) => from),
    gapEnds: all.map(({ to }) => to),
    gapPeaks: all.map(({ peakBytes }) => peakBytes),
    untilFilled: all.reduce((last, { to }) => Math.max(last, to), until),
  }
}
