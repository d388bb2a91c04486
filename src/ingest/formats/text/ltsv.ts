import { fieldProjection } from '../line/field-format.ts'
import { columnsOf, type LinePart, type PartTexts } from '../line/line-parts.ts'
import type { LogFormat } from '../line/log-format.ts'

/** The labels of each part, the best first: `host` is the client, and `vhost` the domain. */
const labels: Partial<Record<LinePart, string[]>> = {
  time: ['time', 'datetime'],
  host: ['vhost'],
  client: ['forwardedfor', 'host', 'remote_host', 'remote_addr'],
  request: ['req', 'request'],
  method: ['method'],
  target: ['uri'],
  status: ['status'],
  bytes: ['size'],
  referrer: ['referer'],
  user_agent: ['ua', 'user_agent'],
  cache: ['cache'],
  duration_s: ['reqtime'],
  duration_us: ['reqtime_microsec'],
}

const valueSql = (label: string) =>
  `substring(arrayFirst(part -> startsWith(part, '${label}:'), f), ${label.length + 2})`

/** The fields that decide the bill. */
const essential = `^(?:time|datetime|vhost|host|remote_host|remote_addr|status|size):`
/**
 * None of them twice, as a lost line end makes it; and behind none a text without a label, as a tab within it makes it.
 */
const isOneLine =
  `length(arrayFilter(part -> match(part, '${essential}'), f) AS essentials) = ` +
  `length(arrayDistinct(arrayMap(part -> substringIndex(part, ':', 1), essentials))) AND NOT arrayExists(` +
  `(part, last) -> match(last, '${essential}') AND NOT match(part, '^[\\\\w.-]+:'), f, arrayPushFront(arrayPopBack(f), ''))`

const parts: PartTexts = Object.fromEntries(
  Object.entries(labels).map(([part, names]) => [part, names.map(valueSql)] as const),
)
// A time may stand in brackets.
const time = [...(parts.time ?? []).map((text) => `trim(BOTH '[]' FROM ${text})`)]
const { duration_us: micros = [], ...others } = parts

/** Labeled Tab-separated Values, with the labels that ltsv.org recommends. */
export const ltsv: LogFormat = {
  name: 'ltsv',
  title: 'LTSV, with the recommended labels',
  namesDomain: true,
  example: [
    'time:[01/Sep/2026:08:00:01 +0800]',
    'host:198.51.100.7',
    'forwardedfor:-',
    'req:GET /a/b.jpg?v=2 HTTP/1.1',
    'status:200',
    'size:10240',
    'referer:-',
    'ua:curl/8.0',
    'reqtime:0.004',
    'cache:HIT',
    'vhost:www.example.com',
  ].join('\t'),
  recognises:
    /^(?=(?:.*\t)?(?:date)?time:)(?=(?:.*\t)?status:)(?=(?:.*\t)?size:)(?=(?:.*\t)?(?:req|request|uri):)[\w.-]+:[^\t]*(?:\t[\w.-]+:[^\t]*)+$/,
  meaning: {
    time: '`time`: when the answer had ended, or the request had come: the server’s choice',
    bytes: '`size`: the body’s, unless the server is told to log them with headers',
    cache: '`cache`: HIT, STALE, UPDATING and REVALIDATED are hits',
  },
  projection: fieldProjection(
    {
      fields: `splitByChar('\\t', trimRight(line, '\\r'))`,
      is_line: [...['status', 'size'].map((label) => `${valueSql(label)} != ''`), isOneLine].join(' AND '),
    },
    columnsOf({
      ...others,
      time,
      // Microseconds only where no seconds stand.
      duration_s: [
        ...(parts.duration_s ?? []),
        ...micros.map((text) => `toString(toFloat64OrZero(${text}) / 1000000)`),
      ],
    }),
  ),
}
