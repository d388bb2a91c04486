import { AppError } from '../../../errors.ts'
import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'

const projection = sqlFile(import.meta.url, './cloudfront.sql')

/** The present order, for a part of a log without its header. */
const todaysFields =
  `date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query
  cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol
  ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte
  x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end`.split(/\s+/)

const needed = ['date', 'time', 'c-ip', 'cs-uri-stem', 'sc-status', 'sc-bytes']
const wanted = [
  ...needed,
  ...['x-host-header', 'cs(Host)', 'cs-method', 'cs-uri-query', 'cs(Referer)', 'cs(User-Agent)'],
  ...['x-edge-result-type', 'time-taken'],
]

/** The projection for fields in this order. @throws AppError FLUXPORT.0103 when a required field is missing */
function projectionOf(fields: string[]): string {
  const missing = needed.filter((name) => !fields.includes(name))
  if (missing.length > 0)
    throw new AppError('FLUXPORT.0103', `The log's #Fields line does not name ${missing.join(', ')}`)
  const slots = wanted.map((name) => {
    const at = fields.indexOf(name) + 1
    return [name, at > 0 ? `fields[${at}]` : `''`]
  })
  return fillSlots(projection, { ...Object.fromEntries(slots), field_count: String(fields.length) })
}

/** CloudFront's standard log, version 1; its header gives the order of its fields. */
export const cloudfront: LogFormat = {
  name: 'cloudfront',
  title: 'CloudFront standard log',
  namesDomain: true,
  example:
    '2026-09-01\t00:00:01\tNRT57-P3\t10588\t198.51.100.7\tGET\td111abc.cloudfront.net\t/a/b.jpg\t200\t-\tcurl/8.0\tv=2\t-\tHit\t' +
    'kq0==\twww.example.com\thttps\t312\t0.014\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\tHTTP/2.0\t-\t-\t50123\t0.013\tHit\t' +
    'image/jpeg\t10240\t-\t-',
  recognises: /^(\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\t.*\t(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH)\t|#Fields: date time )/,
  meaning: {
    time: 'when the answer had ended, in UTC',
    bytes: '`sc-bytes`, with headers',
    cache: '`x-edge-result-type`: Hit, RefreshHit and OriginShieldHit are hits',
  },
  projection: projectionOf(todaysFields),
  projectionOfHead: (head) => {
    const header = /^#Fields:[ \t]*(.*?)\r?$/m.exec(head.toString('latin1'))?.[1]
    return projectionOf(header?.trim().split(/\s+/) ?? todaysFields)
  },
}
