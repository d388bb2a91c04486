import type { Parameters } from '../../ports/warehouse/warehouse.ts'
import { commonParameters } from '../../usage/rows/data.ts'
import type { ExportRequest } from '../request/export-request.ts'
import { sliceStates } from './coverage-column.ts'
import type { ReportInput, Slice } from './report.ts'

/**
 * Files with a row for every bucket of the range: by time, then domain, then the breakdown of a domain. A row's index
 * in the file is one number, (bucket × domains + domain) × items + item. It is cheap to group and sort by, and the
 * engine fills its gaps with zeros.
 */

/** Three such slices are in memory at once. Ten million rows in one piece took 808 MiB. */
const sliceRows = 50_000

/**
 * One thread a slice, formatting included: 165 ms of processor time for 100,000 rows instead of 250. Several slices at
 * once use the cores. The answer (5 MB) stays in memory until it is whole.
 */
const sliceSettings = {
  max_threads: 1,
  output_format_parallel_formatting: 0,
  http_response_buffer_size: 32 * 1024 ** 2,
}

export const bucketCount = (request: ExportRequest): number =>
  (request.endTimeMs - request.startTimeMs) / (request.intervalSeconds * 1000)

/**
 * SQL of a value's place, from 0, in a bound list that has it. It is worked out once for each distinct value; `indexOf`
 * walks the list for each row, and took 8 times as long for 1,000 domains.
 */
export const placeSql = (column: string, list: string): string =>
  `transform(${column}, {${list}:Array(String)}, range(toUInt32(length({${list}:Array(String)}))), 0::UInt32)`

/** Index of a row's domain, for the slot `domain_index`. */
export const domainIndexSql = (request: ExportRequest): string =>
  request.groupBy ? placeSql('domain', 'domains') : '0'

/** @param itemsPerDomain rows of a domain in each bucket */
export async function* bucketSlices(
  input: ReportInput,
  query: { sql: string; itemsPerDomain: number; parameters: Parameters; settings?: Record<string, number> },
): AsyncGenerator<Slice> {
  const { request } = input
  const seriesCount = request.groupBy ? input.domains.length : 1
  const rowsPerBucket = seriesCount * query.itemsPerDomain
  const shared = {
    ...commonParameters(input),
    ...query.parameters,
    watermarks: watermarkOfEach(input),
    interval: request.intervalSeconds,
    itemsPerDomain: query.itemsPerDomain,
    rowsPerBucket: Math.max(1, rowsPerBucket),
  }
  const statesOf = sliceStates(input)
  const stepMs = request.intervalSeconds * 1000
  const sliceMs = Math.max(1, Math.floor(sliceRows / Math.max(1, rowsPerBucket))) * stepMs
  for (let fromMs = request.startTimeMs; fromMs < request.endTimeMs; fromMs += sliceMs) {
    const toMs = Math.min(fromMs + sliceMs, request.endTimeMs)
    const rows = ((toMs - fromMs) / stepMs) * rowsPerBucket
    yield {
      sql: query.sql,
      parameters: { ...shared, ...statesOf(fromMs, toMs), rows, from: fromMs / 1000, to: toMs / 1000 },
      rows,
      settings: { ...sliceSettings, ...query.settings },
    }
  }
}

/**
 * The end of the loaded logs of each domain, or of all together, unix s, 0 for never: later buckets are not zero but
 * missing. For several domains together it is the latest end.
 */
function watermarkOfEach({ request, domains, watermarks }: ReportInput): number[] {
  if (!request.groupBy) return [Math.max(0, ...watermarks.values())]
  return domains.map((name) => watermarks.get(name) ?? 0)
}
