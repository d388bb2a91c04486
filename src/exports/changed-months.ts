import { type Static, Type } from 'typebox'
import { HolderOrNull, Nullable, UnixMs, WholeOrNull } from '../http/schemas.ts'
import type { ThenAndNow } from '../ledger/then-and-now.ts'
import type { Asked } from '../ports/warehouse/questions.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import { type Parameters, spillSettings } from '../ports/warehouse/warehouse.ts'
import { calendarMonths } from '../statistics/time-range.ts'
import { figuresSql, monthParameters, seriesSql, sliceDomains, untilLogsEnd } from '../usage/bills/billing-months.ts'
import { comparedInRange } from './compared-usage.ts'
import type { ExportRequest } from './request/export-request.ts'

/** Figures of a bill as they were in its file, and as they would be now: both by the statements of the bill. */

const watermarksSql = fillSlots(sqlFile(import.meta.url, './compared-watermarks.sql'), { compared: comparedInRange })
const points = fillSlots(sqlFile(import.meta.url, './compared-points.sql'), { compared: comparedInRange })
const months = sqlFile(import.meta.url, './compared-months.sql')

const Bandwidth = WholeOrNull('Bit/s')
const Figures = Type.Object({
  flux: WholeOrNull('Bytes'),
  billed_flux: WholeOrNull('Bytes'),
  bandwidth_percentile: Bandwidth,
  average_daily_peak: Bandwidth,
  fourth_daily_peak: Bandwidth,
  peak: Bandwidth,
  peak_time: Nullable(UnixMs('Start of the peak’s bucket')),
  valid_days: Type.Integer(),
  points: Type.Integer(),
  discarded: Type.Integer(),
})
export type BillFigures = Static<typeof Figures>

/** Most domains whose months are compared, beside the total: each costs 8,928 points a month, twice. */
const domainsMax = 1_000

/** Changed months of a bill, in the answer on a task's changes. */
export const MonthChanges = Type.Object({
  months: HolderOrNull(
    Type.Array(
      Type.Object({
        month: Type.String({ examples: ['2026-09'] }),
        domain_name: Nullable(Type.String({ description: 'null: all domains together' })),
        before: HolderOrNull(Figures, 'null: the file has no such domain'),
        after: HolderOrNull(Figures, 'null: the account no longer has the domain, and a new file lacks it'),
      }),
    ),
    `For bills: the months whose figures have changed, the total first; of over ${domainsMax} domains the total alone. null: the task is no bill of one account`,
  ),
})
type ChangedMonth = NonNullable<Static<typeof MonthChanges>['months']>[number]

type Bill = { request: ExportRequest; held: ThenAndNow; parameters: Parameters }

/** After every bucket: the loads behind a range move the end of its logs. */
const endOfTime = 4_294_967_295

/**
 * Reads the changed months of a bill. `parameters` are those of compared-usage.sql, with every load since the range's
 * start.
 */
export async function changedMonths(engine: Asked, { request, held, parameters }: Bill): Promise<ChangedMonth[]> {
  const unlimited = { ...parameters, serviceArea: 'global', to: endOfTime }
  const [ends] = await engine.rows<{ before: number; after: number }>(watermarksSql, unlimited, spillSettings)
  const { before = 0, after = 0 } = ends ?? {}
  const { domains } = held
  const found: ChangedMonth[] = []
  for (const month of calendarMonths(request, request.timeZone)) {
    const read = async (series: keyof typeof seriesSql, among: string[], count: number) => {
      const shared = { ...parameters, domains: among, seriesCount: count }
      const rows = (when: 'counted' | 'counts', watermark: number) =>
        engine.rows<BillFigures>(monthsSqlOf(series, when), {
          ...shared,
          ...monthParameters(request, month, watermark),
        })
      return { past: await rows('counted', before), present: await rows('counts', after) }
    }
    found.push(...differing(month.name, [null], held, await read('together', domains, 1)))
    for (let first = 0; domains.length <= domainsMax && first < domains.length; first += sliceDomains) {
      const some = domains.slice(first, first + sliceDomains)
      found.push(...differing(month.name, some, held, await read('each', some, some.length)))
    }
  }
  return found
}

function monthsSqlOf(series: keyof typeof seriesSql, when: 'counted' | 'counts'): string {
  const pointsSql = fillSlots(points, { series: seriesSql[series], when })
  return fillSlots(months, { figures: figuresSql({ points: pointsSql, until: untilLogsEnd }) })
}

type Compared = { past: BillFigures[]; present: BillFigures[] }

/** The series whose figures differ; rows stand in the order of `names`. */
function differing(
  month: string,
  names: readonly (string | null)[],
  { gone, come }: ThenAndNow,
  { past, present }: Compared,
): ChangedMonth[] {
  return names.flatMap((name, at): ChangedMonth[] => {
    const [before, after] = [past[at], present[at]]
    if (!before || !after) throw new Error(`a bill of ${names.length} series has a row less`)
    const isIn = (domains: readonly string[]) => name !== null && domains.includes(name)
    if (isIn(come)) return [{ month, domain_name: name, before: null, after }]
    if (isIn(gone)) return [{ month, domain_name: name, before, after: null }]
    return textOf(before) === textOf(after) ? [] : [{ month, domain_name: name, before, after }]
  })
}

const textOf = (figures: BillFigures) => Object.values(figures).map(String).join()
