import { fillSlots, sqlFile } from '../../sql-file.ts'
import { offsetChanges } from '../../statistics/time-range.ts'
import type { ExportRequest } from '../export-request.ts'
import { type Column, commonParameters, type Report, type ReportInput, type Slice, visibleSql } from './report.ts'

const statement = sqlFile(import.meta.url, './reports-detail.sql')
const watermarkStatement = fillSlots(sqlFile(import.meta.url, './watermark.sql'), { visible: visibleSql })

/** Three such slices are in memory at once. Ten million rows in one piece took 808 MiB. */
const sliceRows = 50_000

/**
 * One thread a slice, formatting included: 165 ms of processor time for 100,000 rows instead of 250. The cores are used by
 * making several slices at once. The answer (5 MB) is kept in memory until it is whole.
 */
const sliceSettings = {
  max_threads: 1,
  output_format_parallel_formatting: 0,
  http_response_buffer_size: 32 * 1024 ** 2,
}

/** Usage per bucket, of each domain or of all together. Every bucket of the range has its row. */
export const reportsDetail: Report = {
  columns: (request) => [...(request.groupBy ? [domain] : []), time, ...figures],
  rowsMax: (request, domainCount) => bucketCount(request) * (request.groupBy ? domainCount : 1),
  slices,
}

const time: Column = { name: 'time', title: { en: 'Time', zh: '时间' }, type: 'time', unit: null }
const domain: Column = { name: 'domain', title: { en: 'Domain', zh: '域名' }, type: 'text', unit: null }

const figure = (name: string, en: string, zh: string, unit: Column['unit']): Column => ({
  name,
  title: { en, zh },
  type: 'integer',
  unit,
})

const figures: Column[] = [
  figure('flux', 'Traffic (byte)', '流量(Byte)', 'byte'),
  figure('bandwidth', 'Bandwidth (bit/s)', '带宽(bit/s)', 'bit/s'),
  figure('requests', 'Requests', '请求数', 'request'),
  figure('hits', 'Hits', '命中请求数', 'request'),
  figure('hit_flux', 'Hit traffic (byte)', '命中流量(Byte)', 'byte'),
  figure('origin_flux', 'Origin traffic (byte)', '回源流量(Byte)', 'byte'),
  figure('origin_bandwidth', 'Origin bandwidth (bit/s)', '回源带宽(bit/s)', 'bit/s'),
  figure('origin_requests', 'Origin requests', '回源请求数', 'request'),
  figure('status_2xx', '2xx', '2xx', 'request'),
  figure('status_3xx', '3xx', '3xx', 'request'),
  figure('status_4xx', '4xx', '4xx', 'request'),
  figure('status_5xx', '5xx', '5xx', 'request'),
]

const bucketCount = (request: ExportRequest) =>
  (request.endTimeMs - request.startTimeMs) / (request.intervalSeconds * 1000)

async function* slices(input: ReportInput): AsyncGenerator<Slice> {
  const { request, domains } = input
  if (domains.length === 0 && request.groupBy) return
  const rowsPerBucket = request.groupBy ? domains.length : 1
  const watermarks = await readWatermarks(input)
  const sql = sqlFor(request)
  const stepMs = request.intervalSeconds * 1000
  const sliceMs = Math.max(1, Math.floor(sliceRows / rowsPerBucket)) * stepMs
  for (let fromMs = request.startTimeMs; fromMs < request.endTimeMs; fromMs += sliceMs) {
    const toMs = Math.min(fromMs + sliceMs, request.endTimeMs)
    const rows = ((toMs - fromMs) / stepMs) * rowsPerBucket
    yield {
      sql,
      parameters: {
        ...commonParameters(input),
        watermarks,
        timeZone: request.timeZone,
        interval: request.intervalSeconds,
        rowsPerBucket,
        rows,
        from: fromMs / 1000,
        to: toMs / 1000,
      },
      rows,
      settings: sliceSettings,
    }
  }
}

/** Slots come from these constants alone. */
function sqlFor(request: ExportRequest): string {
  const localTime = `toTimeZone(bucket_start, {timeZone:String})`
  const withOffset = `formatDateTime(${localTime}, '%F %T%z')`
  return fillSlots(statement, {
    visible: visibleSql,
    // Where local times repeat, each carries its offset: 2026-10-25 02:00:00+02:00.
    time: offsetChanges(request, request.timeZone)
      ? `concat(substring(${withOffset}, 1, 22), ':', substring(${withOffset}, 23, 2))`
      : localTime,
    domain_cell: request.groupBy ? 'arrayElement({domains:Array(String)}, row_number) AS domain_name,' : '',
    // On the dictionary of the column: once a distinct name.
    row_index: request.groupBy
      ? 'transform(domain, {domains:Array(String)}, range(toUInt32(length({domains:Array(String)}))), 0::UInt32)'
      : '0',
  })
}

/**
 * Up to where each row's logs have been loaded, unix s, 0 for never: what follows is not zero but missing. A domain's own
 * watermark is its last bucket with a request; the sum of several has the latest of theirs.
 */
async function readWatermarks(input: ReportInput): Promise<number[]> {
  const rows = await input.warehouse.rows<{ domain: string; watermark: number }>(watermarkStatement, {
    ...commonParameters(input),
    from: input.request.startTimeMs / 1000,
  })
  if (!input.request.groupBy) return [rows.reduce((latest, row) => Math.max(latest, row.watermark), 0)]
  const found = new Map(rows.map((row) => [row.domain, row.watermark]))
  return input.domains.map((name) => found.get(name) ?? 0)
}
