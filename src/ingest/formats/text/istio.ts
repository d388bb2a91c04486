import { fieldProjection, orEmptySql } from '../line/field-format.ts'
import { inboundSql } from '../line/istio-cluster.ts'
import { inOrder } from '../line/line-pattern.ts'
import type { LogFormat } from '../line/log-format.ts'

/**
 * `[time] "METHOD target PROTOCOL" status flags details termination "failure" received bytes ms upstream-ms
 * "x-forwarded-for" "user agent" "request id" "authority" "upstream" cluster local local remote server route`. Before
 * 1.9 Mixer's status in quotes stood for details and termination. As in Envoy's own log, no quote is escaped: figures
 * stand before what a client sends, and the domain behind it.
 */
const pattern =
  '^\\\\[([^\\\\] "]*)\\\\] "([^ "]+) ([^"]*|[^ ]*) [^ "]+" ([^ "]+) [^ "]+ (?:[^ "]+ [^ "]+|"[^"]*") "[^"]*" [^ "]+ ([^ "]+) ([^ "]+) [^ "]+ ' +
  '"(.*)" "([^ "]*)" "(-|[\\\\d.]+:\\\\d+|\\\\[[^" ]*\\\\]:\\\\d+|[^" ]*/[^" ]*)" ([^ "]+) [^ "]+ [^ "]+ ([^ "]+) [^ "]+ [^" ]+\\\\s*$'
const sent = `splitByString('" "', f[7])`
/** Three strings at least: a list of proxies, a user agent and the request's id, which is no authority. */
const isLine =
  `length(${sent}) >= 3 AND (length(${sent}) = 3 OR f[8] != f[9]) AND NOT match(f[8], '^[0-9a-f]{8}-[0-9a-f-]{27}$') ` +
  // A lost line end joins two requests.
  `AND countMatches(line, '\\\\[\\\\d{4}-\\\\d\\\\d-\\\\d\\\\dT[\\\\d:.]+Z\\\\] "[^"]*" \\\\d+ [^ "]+ ') <= 1`
const forwarded = `${sent}[1]`

/** Istio's default access log. */
export const istio: LogFormat = {
  name: 'istio',
  title: 'Istio default access log',
  namesDomain: true,
  example:
    '[2026-09-01T00:00:01.123Z] "GET /a/b.jpg?v=2 HTTP/2" 200 - via_upstream - "-" 0 10240 4 3 "198.51.100.7" "curl/8.0" ' +
    '"9d1f0a2e-0000-4000-8000-000000000000" "www.example.com" "10.0.0.5:8080" outbound|80||web.default.svc.cluster.local ' +
    '10.0.0.4:50960 10.0.0.4:8443 198.51.100.7:52930 - default',
  recognises: inOrder(
    /^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] "/,
    /" \d+ [^ "]+ (?:[^ "]+ [^ "]+|"[^"]*") "[^"]*" \d+ \d+ \d+ [^ "]+ "/,
    /" (?:-|\w*[Pp]assthroughCluster\w*|BlackHoleCluster|(?:in|out)bound[^ "]*) [^ "]+ [^ "]+ [^ "]+ [^ "]+ [^ "]+$/,
  ),
  meaning: {
    time: 'when the request came, in UTC',
    bytes: 'the body’s',
    cache: 'not logged',
  },
  askers: ['inbound'],
  projection: fieldProjection(
    { fields: `extractGroups(line, '${pattern}')`, is_line: isLine },
    {
      time: `parseDateTime64BestEffortOrNull(extract(toLowCardinality(f[1]), '^\\\\d{4}-\\\\d\\\\d-\\\\d\\\\dT\\\\d\\\\d:\\\\d\\\\d:\\\\d\\\\d(?:\\\\.\\\\d+)?Z$'), 0, 'UTC')`,
      host: 'f[8]',
      client_ip: `if(${forwarded} IN ('', '-'), f[11], ${forwarded})`,
      target: 'f[3]',
      referrer: `''`,
      user_agent: `arrayStringConcat(arraySlice(${sent}, 2, length(${sent}) - 2), '" "')`,
      method: orEmptySql('f[2]'),
      status: 'f[4]',
      bytes: 'f[5]',
      duration_ms: 'toUInt32OrZero(f[6])',
      asked_by: inboundSql('f[10]'),
    },
  ),
}
