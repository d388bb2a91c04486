import { rfc3339Sql, unixSecondsSql } from '../line/field-format.ts'
import { countryOfCodeSql } from '../line/logged-places.ts'
import { jsonFormat, objectWith } from './json-format.ts'

/** Cloudflare's cache states for an answer from the cache. */
const hits = `('hit', 'stale', 'updating', 'revalidated', 'stream_hit')`

/** The end of the answer, else the start of the request: as RFC 3339, or unix s, ms or ns by its length. */
const timeText = `if(f.EdgeEndTimestamp != '', f.EdgeEndTimestamp, f.EdgeStartTimestamp)`
const unixDigits = `toUInt64OrNull(substring(${timeText}, 1, 10))`

/** The asker by its name or number. Without the field a Worker's requests are known by another one. */
const askedBy =
  `multiIf(f.ClientRequestSource IN ('eyeball', '1'), '', ` +
  `startsWith(f.ClientRequestSource, 'edgeWorker') OR f.ClientRequestSource IN ('5', '6', '7'), 'worker', ` +
  `f.ClientRequestSource IN ('orangeToOrange', '9'), 'other_zone', f.ClientRequestSource NOT IN ('', '-'), 'edge', ` +
  `f.WorkerSubrequest = 'true', 'worker', '')`

/** Cloudflare Logpush, dataset http_requests; its user chooses the fields. Bytes are the answer's, with headers. */
export const cloudflareLogpush = jsonFormat({
  name: 'cloudflare_logpush',
  title: 'Cloudflare Logpush http_requests',
  example:
    '{"ClientIP":"198.51.100.7","ClientRequestHost":"www.example.com","ClientRequestMethod":"GET",' +
    '"ClientRequestURI":"/a/b.jpg?v=2","ClientRequestReferer":"","ClientRequestUserAgent":"curl/8.0","ClientCountry":"de",' +
    '"EdgeStartTimestamp":"2026-09-01T00:00:01Z","EdgeEndTimestamp":"2026-09-01T00:00:01Z","EdgeResponseStatus":200,' +
    '"EdgeResponseBytes":10588,"CacheCacheStatus":"hit"}',
  recognises: objectWith('Edge(?:Start|End)Timestamp', 'ClientRequestHost'),
  meaning: {
    time: '`EdgeEndTimestamp`, else `EdgeStartTimestamp`: RFC 3339, or unix s, ms or ns',
    bytes: '`EdgeResponseBytes`, with headers',
    cache: '`CacheCacheStatus`: hit, stale, updating, revalidated and stream_hit are hits',
  },
  askers: ['worker', 'edge', 'other_zone'],
  isLine: 'notEmpty(concat(f.EdgeStartTimestamp, f.EdgeEndTimestamp))',
  fields: [
    'EdgeStartTimestamp String',
    'EdgeEndTimestamp String',
    'ClientRequestHost String',
    'ClientIP String',
    'ClientRequestURI String',
    'ClientRequestPath String',
    'ClientRequestReferer String',
    'ClientRequestUserAgent String',
    'ClientRequestMethod String',
    'EdgeResponseStatus String',
    'EdgeResponseBytes String',
    'CacheCacheStatus String',
    'EdgeTimeToFirstByteMs String',
    'ClientCountry String',
    'ClientRequestSource String',
    'WorkerSubrequest String',
  ],
  columns: {
    time: `if(match(${timeText}, '^\\\\d{10}(\\\\d{3}|\\\\d{9})?$'), ${unixSecondsSql(unixDigits)}, ${rfc3339Sql(timeText)})`,
    host: 'f.ClientRequestHost',
    client_ip: 'f.ClientIP',
    target: `if(f.ClientRequestURI != '', f.ClientRequestURI, f.ClientRequestPath)`,
    referrer: 'f.ClientRequestReferer',
    user_agent: 'f.ClientRequestUserAgent',
    method: 'f.ClientRequestMethod',
    status: 'f.EdgeResponseStatus',
    bytes: 'f.EdgeResponseBytes',
    cache: `multiIf(f.CacheCacheStatus = '', -1, lower(f.CacheCacheStatus) IN ${hits}, 1, 0)`,
    duration_ms: 'toUInt32OrZero(f.EdgeTimeToFirstByteMs)',
    country: countryOfCodeSql('f.ClientCountry'),
    asked_by: askedBy,
  },
})
