import type { WholeNumber } from '../../exact-json.ts'
import type { Need } from '../../ledger/assert-kept.ts'
import { spillSettings } from '../../ports/warehouse/warehouse.ts'
import type { ServiceArea } from '../../statistics/service-areas.ts'
import { wholeDays } from '../../statistics/url-days.ts'
import { type AskedData, commonParameters, type ReadRows } from '../rows/data.ts'
import { placeParameters } from '../rows/places-sql.ts'
import { type Ranking, rankings, type TopQuestion, topItemsSql, topParameters, usesDays } from './top-items.ts'

/** An item of a list. `value` is what it is ranked by, `total` the sum of all items, listed or not. */
export type TopItem = {
  rank: number
  domain: string
  item: string
  flux: WholeNumber
  requests: WholeNumber
  value: WholeNumber
  total: WholeNumber
}

/** Reads a list, by domain and rank. @throws AppError FLUXPORT.0303 for a sum that 64 bits do not hold */
export async function readTop(
  data: Pick<AskedData, 'domains' | 'version'> & { rows: ReadRows },
  ranking: Ranking,
  asked: TopQuestion & { serviceArea: ServiceArea },
): Promise<TopItem[]> {
  const parameters = {
    ...commonParameters({ ...data, request: asked }),
    ...placeParameters(asked),
    ...topParameters(asked, data.version.loadIdsToRollUp),
  }
  const cells = 'rank, domain, toValidUTF8(item) AS item, flux, requests, value, total'
  const sql = topItemsSql(rankings[ranking], asked).replace('/*cells*/', () => cells)
  return await data.rows<TopItem>(sql, parameters, spillSettings)
}

/** Data that must not be dropped for a list. */
export function topNeeds(ranking: Ranking, asked: TopQuestion): Need[] {
  const usage: Need = { source: 'usage', startTimeMs: asked.startTimeMs }
  const days = usesDays(rankings[ranking], asked) ? wholeDays(asked) : null
  if (days === null) return [usage, { source: 'request', startTimeMs: asked.startTimeMs }]
  const partMs = asked.startTimeMs < days.startTimeMs ? asked.startTimeMs : days.endTimeMs
  const rest: Need[] = partMs === asked.endTimeMs ? [] : [{ source: 'request', startTimeMs: partMs }]
  return [usage, { source: 'url_daily', startTimeMs: days.startTimeMs }, ...rest]
}

/** An item's share of the total, rounded half up to four decimals. */
export function shareOf({ value, total }: Pick<TopItem, 'value' | 'total'>): number {
  if (BigInt(total) === 0n) return 0
  return Number((BigInt(value) * 20_000n + BigInt(total)) / (BigInt(total) * 2n)) / 10_000
}
