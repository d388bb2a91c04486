import { rfc3339Sql, secondsToMsSql, unixSecondsSql, unixTextSql } from '../line/field-format.ts'
import { jsonFormat, objectWith } from './json-format.ts'

const request =
  'request Tuple(client_ip String, remote_ip String, remote_addr String, method String, host String, uri String, ' +
  'headers Tuple(`User-Agent` Array(String), Referer Array(String)))'

/** Older versions write address and port together. */
const clientIp =
  `multiIf(f.request.client_ip != '', f.request.client_ip, f.request.remote_ip != '', f.request.remote_ip, ` +
  `trim(BOTH '[]' FROM replaceRegexpOne(f.request.remote_addr, ':\\\\d+$', '')))`

/** Caddy 2's access log. Bytes are the body's. */
export const caddyJson = jsonFormat({
  name: 'caddy_json',
  title: 'Caddy 2 access log',
  example:
    '{"level":"info","ts":1788220801.52,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":' +
    '"198.51.100.7","client_ip":"198.51.100.7","proto":"HTTP/2.0","method":"GET","host":"www.example.com","uri":"/a/b.jpg?v=2",' +
    '"headers":{"User-Agent":["curl/8.0"],"Referer":["https://x.example.com/"]}},"duration":0.00093,"size":10240,"status":200}',
  recognises: objectWith('ts', ['request', '\\{'], 'uri', 'status'),
  meaning: {
    time: '`ts`: when the answer had ended; seconds, milliseconds or text',
    bytes: '`size`, the body’s',
    cache: 'a logged `Cache-Status` that says hit',
  },
  fields: [
    'ts String',
    request,
    'duration String',
    'size String',
    'status String',
    'resp_headers Tuple(`Cache-Status` Array(String))',
  ],
  // Without a request it is a message, or a line whose object is not named so.
  isLine: `f.ts != '' AND f.request.uri != ''`,
  columns: {
    // Seconds by default; milliseconds or text where it is configured so.
    time: `multiIf(match(f.ts, '^\\\\d{13}(\\\\.\\\\d*)?$'), ${unixSecondsSql(`toUInt64OrNull(substring(f.ts, 1, 10))`)}, match(f.ts, '^\\\\d{10}'), ${unixTextSql('f.ts')}, ${rfc3339Sql('f.ts')})`,
    host: 'f.request.host',
    client_ip: clientIp,
    target: 'f.request.uri',
    referrer: 'f.request.headers.Referer[1]',
    user_agent: 'f.request.headers.`User-Agent`[1]',
    method: 'f.request.method',
    status: 'f.status',
    bytes: 'f.size',
    cache: `multiIf(empty(f.resp_headers.\`Cache-Status\`), -1, match(f.resp_headers.\`Cache-Status\`[1], ';\\\\s*hit'), 1, 0)`,
    duration_ms: secondsToMsSql('f.duration'),
  },
})
