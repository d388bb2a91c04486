import { type Static, Type } from 'typebox'
import type { WholeNumber } from '../../exact-json.ts'
import { Whole } from '../../http/schemas.ts'
import { visibleSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { commonParameters } from '../../usage/rows/data.ts'
import type { ReportInput } from '../reports/report.ts'

const statement = fillSlots(sqlFile(import.meta.url, './traffic-share.sql'), { visible: visibleSql })

const traffic = { requests: Type.Integer({ description: 'Requests' }), flux: Whole('Bytes') }

/** A file's part of the traffic of its range, before filters by country, province and carrier. */
export const TrafficShare = Type.Object({
  file: Type.Object(traffic, { description: 'Traffic of the asked domains in the asked service area' }),
  range: Type.Object(traffic, { description: 'Traffic of all domains of the account in every service area' }),
  other_areas: Type.Object(traffic, { description: 'Traffic of the asked domains in other service areas' }),
  other_domains: Type.Object(
    { domains: Type.Integer({ description: 'Domains with traffic that were not asked for' }), ...traffic },
    { description: 'Traffic of the account’s other domains' },
  ),
})

type Row = Record<'fileRequests' | 'rangeRequests' | 'otherAreasRequests' | 'otherDomainsRequests', number> &
  Record<'fileFlux' | 'rangeFlux' | 'otherAreasFlux' | 'otherDomainsFlux', WholeNumber> & { otherDomains: number }

/**
 * Sums the traffic of an account in a request's range.
 * @param input its `domains` are all that the account has
 * @param asked the domains that the request is about
 * @throws AppError FLUXPORT.0303 when a sum is more than 64 bits hold
 */
export async function trafficShare(
  input: Pick<ReportInput, 'rows' | 'request' | 'domains' | 'version'>,
  asked: readonly string[],
): Promise<Static<typeof TrafficShare>> {
  const { startTimeMs, endTimeMs } = input.request
  const range = { from: startTimeMs / 1000, to: endTimeMs / 1000 }
  const [row] = await input.rows<Row>(statement, { ...commonParameters(input), ...range, askedDomains: [...asked] })
  if (!row) throw new Error('a sum has a row')
  return {
    file: { requests: row.fileRequests, flux: row.fileFlux },
    range: { requests: row.rangeRequests, flux: row.rangeFlux },
    other_areas: { requests: row.otherAreasRequests, flux: row.otherAreasFlux },
    other_domains: { domains: row.otherDomains, requests: row.otherDomainsRequests, flux: row.otherDomainsFlux },
  }
}
