import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'
import {
  assertNames,
  columnParameters,
  columnSlots,
  columnSurvey,
  firstFields,
  type NamedColumns,
} from './named-columns.ts'

const columns: NamedColumns = {
  date: ['date'],
  time: ['time'],
  'c-ip': ['c-ip'],
  stem: ['cs-uri-stem'],
  status: ['sc-status'],
  bytes: ['sc-bytes'],
  'requested-host': ['x-host-header'],
  'own-host': ['cs(Host)'],
  method: ['cs-method'],
  query: ['cs-uri-query'],
  referrer: ['cs(Referer)'],
  agent: ['cs(User-Agent)'],
  result: ['x-edge-result-type'],
  taken: ['time-taken'],
}
const needed = ['date', 'time', 'c-ip', 'stem', 'status', 'bytes']

/** The present order, for a part of a log without its header. */
const todaysFields =
  `date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query
  cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol
  ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte
  x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end`.split(/\s+/)

/** CloudFront's standard log, version 1; its headers give the order of the fields below them. */
export const cloudfront: LogFormat = {
  name: 'cloudfront',
  title: 'CloudFront standard log',
  namesDomain: true,
  example:
    '2026-09-01\t00:00:01\tNRT57-P3\t10588\t198.51.100.7\tGET\td111abc.cloudfront.net\t/a/b.jpg\t200\t-\tcurl/8.0\tv=2\t-\tHit\t' +
    'kq0==\twww.example.com\thttps\t312\t0.014\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\tHTTP/2.0\t-\t-\t50123\t0.013\tHit\t' +
    'image/jpeg\t10240\t-\t-',
  recognises:
    /^(?:\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\t.*\t(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH)\t|#Fields:.* x-edge-)/,
  meaning: {
    time: 'when the answer had ended, in UTC',
    bytes: '`sc-bytes`, with headers',
    cache: '`x-edge-result-type`: Hit, RefreshHit and OriginShieldHit are hits',
  },
  projection: fillSlots(sqlFile(import.meta.url, './cloudfront.sql'), columnSlots(columns)),
  parameters: columnParameters(columns, todaysFields),
  survey: ({ head }) => {
    const fields = firstFields(head)
    if (fields) assertNames(fields, columns, needed)
    return columnSurvey(columns, needed, todaysFields)
  },
}
