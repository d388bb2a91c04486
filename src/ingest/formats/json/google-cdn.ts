import { rfc3339Sql, secondsToMsSql } from '../line/field-format.ts'
import { jsonFormat, objectWith } from './json-format.ts'

const http =
  'httpRequest Tuple(requestMethod String, requestUrl String, status String, responseSize String, userAgent String, ' +
  'remoteIp String, referer String, cacheLookup String, cacheHit String, latency String)'
const url = 'f.httpRequest.requestUrl'

/** Google Cloud CDN: the load balancer's log entries, as exported. Bytes are the answer's, with headers. */
export const googleCdn = jsonFormat({
  name: 'google_cloud_cdn',
  title: 'Google Cloud CDN, load balancer log entries',
  example:
    '{"timestamp":"2026-09-01T00:00:01.123456Z","jsonPayload":{"statusDetails":"response_from_cache"},"httpRequest":' +
    '{"requestMethod":"GET","requestUrl":"https://www.example.com/a/b.jpg?v=2","status":200,"responseSize":"10588",' +
    '"userAgent":"curl/8.0","remoteIp":"198.51.100.7","referer":"","cacheLookup":true,"cacheHit":true,"latency":"0.004s"}}',
  recognises: objectWith(['httpRequest', '\\{'], 'requestUrl', 'timestamp'),
  meaning: {
    time: '`timestamp`: when the request came',
    bytes: '`responseSize`, with headers',
    cache: '`cacheHit`, or `statusDetails` that begins with response_from_cache',
  },
  fields: ['timestamp String', 'jsonPayload Tuple(statusDetails String)', http],
  columns: {
    time: rfc3339Sql('f.timestamp'),
    host: `extract(${url}, '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)')`,
    client_ip: 'f.httpRequest.remoteIp',
    target: url,
    referrer: 'f.httpRequest.referer',
    user_agent: 'f.httpRequest.userAgent',
    method: 'f.httpRequest.requestMethod',
    status: 'f.httpRequest.status',
    // The field is left out when there is no body.
    bytes: `if(f.httpRequest.responseSize = '', '0', f.httpRequest.responseSize)`,
    // A false field is left out.
    cache: `if(f.httpRequest.cacheHit = 'true' OR startsWith(f.jsonPayload.statusDetails, 'response_from_cache'), 1, 0)`,
    duration_ms: secondsToMsSql(`trimRight(f.httpRequest.latency, 's')`),
  },
})
