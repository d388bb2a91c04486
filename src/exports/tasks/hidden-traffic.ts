import { type Static, Type } from 'typebox'
import type { WholeNumber } from '../../exact-json.ts'
import { Whole } from '../../http/schemas.ts'
import { countingSql, seenSql, visibleParameters } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { ReportInput } from '../reports/report.ts'

const statement = fillSlots(sqlFile(import.meta.url, './hidden-traffic.sql'), { counting: countingSql, seen: seenSql })

/** Traffic of domains from before their present owners see them. */
export const HiddenTraffic = Type.Object(
  {
    domains: Type.Integer({ description: 'Domains with such traffic in the range' }),
    requests: Type.Integer({ description: 'Requests' }),
    flux: Whole('Bytes'),
  },
  {
    description: 'To operators: traffic from before the domains’ present owners had them, which no account’s file has',
  },
)

type Row = { domains: number; requests: number; flux: WholeNumber }

/**
 * Sums the traffic of domains in a request's range that their owners do not see. For operators alone: it is that of
 * former owners.
 * @throws AppError FLUXPORT.0303 when the sum is more than 64 bits hold
 */
export async function hiddenTraffic({
  rows,
  request,
  domains,
  version,
}: Pick<ReportInput, 'rows' | 'request' | 'domains' | 'version'>): Promise<Static<typeof HiddenTraffic>> {
  const limited = domains.filter((domain) => version.seen.fromLoad.has(domain))
  if (limited.length === 0) return { domains: 0, requests: 0, flux: 0 }
  const range = { from: request.startTimeMs / 1000, to: request.endTimeMs / 1000 }
  const [row] = await rows<Row>(statement, { ...visibleParameters(version, limited), ...range, domains: limited })
  if (!row) throw new Error('a sum has a row')
  return row
}
