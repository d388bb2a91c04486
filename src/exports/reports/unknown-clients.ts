import type { Floors } from '../../ledger/floors.ts'
import { visibleSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { isUnknownSql } from '../../statistics/service-areas.ts'
import { commonParameters } from '../../usage/rows/data.ts'
import { requestsSql } from '../../usage/rows/rows.ts'
import type { ReportInput } from './report.ts'

const hourly = sqlFile(import.meta.url, './unknown-clients-hourly.sql')
const fromRequests = sqlFile(import.meta.url, './unknown-clients-from-requests.sql')

/** Traffic of clients whose country nobody knows. `flux`: bytes, a whole number in decimal. */
export type UnknownClients = { requests: number; flux: string }

const unknown = isUnknownSql('country', 'province')
const sumOfRequestsSql = (condition: string) => fillSlots(fromRequests, { requests: requestsSql(condition) })
const statements = {
  hourly: fillSlots(hourly, { visible: visibleSql, unknown }),
  requests: sumOfRequestsSql(unknown),
  toRollUp: sumOfRequestsSql(`load_id IN {loadIdsToRollUp:Array(UInt64)} AND ${unknown}`),
}

/** A part of a range, and where its figures are read from. */
type Part = { from: keyof typeof statements; startMs: number; endMs: number }

const hourMs = 3_600_000

/**
 * Sums the traffic of a request's range, domains and service area whose clients nobody knows, before filters by place.
 * Where the area is by country, --unknown-client-area chose it for them.
 * @returns null when what it is read from is partly dropped
 */
export async function readUnknownClients(
  input: Pick<ReportInput, 'rows' | 'request' | 'domains' | 'version'>,
  floors: Floors,
): Promise<UnknownClients | null> {
  const { loadIdsToRollUp } = input.version
  const parts = partsOf(input.request, loadIdsToRollUp.length > 0)
  const isDropped = ({ from, startMs }: Part) => startMs < floors[from === 'hourly' ? 'geography_hourly' : 'request']
  if (parts.some(isDropped)) return null
  const sums = { requests: 0, flux: 0n }
  for (const { from, startMs, endMs } of parts) {
    const range = { from: startMs / 1000, to: endMs / 1000 }
    const parameters = { ...commonParameters(input), ...range, loadIdsToRollUp }
    const [row] = await input.rows<UnknownClients>(statements[from], parameters)
    if (!row) throw new Error('a sum has a row')
    sums.requests += row.requests
    sums.flux += BigInt(row.flux)
  }
  return { requests: sums.requests, flux: String(sums.flux) }
}

/** The whole hours of UTC, which the hourly sums have, and what the range has before and after them. */
function partsOf({ startTimeMs, endTimeMs }: ReportInput['request'], hasLoadsToRollUp: boolean): Part[] {
  const firstHourMs = Math.ceil(startTimeMs / hourMs) * hourMs
  const lastHourMs = Math.floor(endTimeMs / hourMs) * hourMs
  if (firstHourMs >= lastHourMs) return [{ from: 'requests', startMs: startTimeMs, endMs: endTimeMs }]
  const hours = { startMs: firstHourMs, endMs: lastHourMs }
  const parts: Part[] = [
    { from: 'requests', startMs: startTimeMs, endMs: firstHourMs },
    { from: 'hourly', ...hours },
    ...(hasLoadsToRollUp ? [{ from: 'toRollUp' as const, ...hours }] : []),
    { from: 'requests', startMs: lastHourMs, endMs: endTimeMs },
  ]
  return parts.filter(({ startMs, endMs }) => startMs < endMs)
}
