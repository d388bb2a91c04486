import { logFormats } from '../formats/known-formats.ts'
import { formatByName } from '../formats/recognise.ts'
import { askedBy, changedExamples, common, counts, rejected } from './example-cases.contract.ts'
import { casesOf } from './json-cases.contract.ts'
import { commonCases, domainCases, type LineCase, seconds } from './line-case.contract.ts'

const exampleOf = (name: string) => formatByName(logFormats, name)?.example ?? ''
const body = { ...common, bytes: 10_240, cache: 'unknown' as const, durationMs: 4 }
const defaultDomain = 'www.example.com'
const stated = (cases: LineCase[]): LineCase[] => cases.map((one) => ({ defaultDomain, ...one }))

type Parts = { time?: string; status?: string; bytes?: string }
const start = ({ time = '01/Sep/2026:00:00:01 +0000', status = '200', bytes = '10240' }: Parts) =>
  `198.51.100.7 - - [${time}] "GET /a/b.jpg?v=2 HTTP/2.0" ${status} ${bytes} "-" "curl/8.0"`
const traefikLine = (parts: Parts) => `${start(parts)} 500 "web@docker" "http://10.0.0.5:80" 4ms`
const ingressLine = (parts: Parts) =>
  `${start(parts)} 310 0.004 [default-web-80] [] 10.0.0.5:8080 10240 0.003 200 3db73c6c`
const ltsvLine = ({ time = '01/Sep/2026:00:00:01 +0000', status = '200', bytes = '10240', host = 'a.test' }) =>
  `time:[${time}]\tvhost:${host}\thost:198.51.100.7\treq:GET / HTTP/1.1\tstatus:${status}\tsize:${bytes}\tua:curl/8.0`

/** Logs of proxies: those of Envoy and Istio, of Traefik, of the nginx ingress controller; and LTSV. */
export const proxyCases: Record<string, LineCase[]> = {
  istio: changedExamples('istio', body, [
    counts('may be of the time of Mixer', 'via_upstream - "-"', '"-" "-"', body),
    counts('has a reason of its failure', 'via_upstream - "-"', 'upstream_reset - "remote: reset"', body),
    counts('has the other side for a client without a list', '"198.51.100.7"', '"-"', { userAgent: 'curl/8.0' }),
    counts('has a quote in its user agent', '"curl/8.0"', '"a "b" c"', { userAgent: 'a "b" c' }),
    counts('has figures in its user agent', '"curl/8.0"', '"x" 404 - a - "-" 0 1 4 3 "y"', {
      status: 200,
      bytes: 10_240,
    }),
    counts('has a domain in its user agent', '"curl/8.0"', '"x" "id" "evil.test" "10.0.0.5:80"', {
      domain: 'www.example.com',
    }),
    counts('has a quote in its target', 'GET /a/b.jpg', 'GET /a"/b.jpg', { path: '/a"/b.jpg' }),
    counts('has its domain without a port', '"www.example.com"', '"www.example.com:8443"', {
      domain: 'www.example.com',
    }),
    counts('has no upstream', '"10.0.0.5:8080" outbound|80||web.default.svc.cluster.local', '"-" -', body),
    ...askedBy('inbound', 'outbound|80||web.default.svc.cluster.local', 'inbound|9080||'),
    ...askedBy('inbound', 'outbound|80||web.default.svc.cluster.local', 'InboundPassthroughCluster'),
    counts('counts on its way out', 'outbound|80||web.default.svc.cluster.local', 'PassthroughCluster', body),
    rejected('has no time without its zone', '01.123Z', '01.123', 'bad_time'),
    rejected('has no domain for -', '"www.example.com"', '"-"', 'no_domain'),
    rejected('is none without its authority', ' "www.example.com"', '', 'fields'),
    rejected('is none with its upstream twice', '"10.0.0.5:8080"', '"10.0.0.5:8080" "10.0.0.5:8080"', 'fields'),
    rejected(
      'is none with its last strings in another order',
      '"www.example.com" "10.0.0.5:8080"',
      '"10.0.0.5:8080" "www.example.com"',
      'fields',
    ),
    rejected('is none with another line behind it', ' - default', ` - default${exampleOf('istio')}`, 'fields'),
    rejected('is none cut with another line behind it', '"curl', `"cu${exampleOf('istio')}`, 'fields'),
    rejected('is none without its route', ' default', '', 'fields'),
  ]),
  envoy_json: casesOf('envoy_json', body, [
    counts('has the names of Envoy Gateway', '"authority"', '":authority"', { domain: 'www.example.com' }),
    counts('has the path of Envoy Gateway', '"path"', '"x-envoy-origin-path"', { path: '/a/b.jpg' }),
    counts('is timed as Contour times it', '"start_time"', '"@timestamp"', { time: seconds('2026-09-01T00:00:01Z') }),
    counts('has no user agent for null', '"curl/8.0"', 'null', { userAgent: '' }),
    ...askedBy('inbound', 'outbound|80||web.default.svc.cluster.local', 'inbound|9080||'),
    rejected('has no domain for null', '"authority":"www.example.com"', '"authority":null', 'no_domain'),
  ]),
  traefik_json: casesOf('traefik_json', body, [
    counts('is timed by its local start', '"StartUTC":"2026-09-01T00:00:01', '"StartLocal":"2026-09-01T00:00:01', body),
    counts('is timed by its end alone', '"StartUTC":"2026-09-01T00:00:01.587782192Z",', '', body),
    counts('has its domain with a port', '"RequestHost":"www.example.com",', '', { domain: 'www.example.com' }),
    counts('has its status as text', '"DownstreamStatus":200', '"DownstreamStatus":"200"', { status: 200 }),
    rejected('has no time without its zone', '01.587782192Z', '01.587782192', 'bad_time'),
    rejected('has no domain', '"RequestAddr":"www.example.com:8443","RequestHost":"www.example.com",', '', 'no_domain'),
  ]),
  traefik: stated([
    ...commonCases(traefikLine).filter(({ why }) => why !== 'has no status with -'),
    ...changedExamples('traefik', body, [
      counts('has quotes in its user agent', '"curl/8.0"', '"a "b" c"', { userAgent: 'a "b" c' }),
      counts('has figures in its user agent', '"curl/8.0"', '"x" 404 1 "y" "z"', { status: 200, bytes: 10_240 }),
      counts('has a quote in its target', 'GET /a/b.jpg', 'GET /a"/b.jpg', { path: '/a"/b.jpg' }),
      counts('has a user', '7 - - [', '7 - john doe [', body),
      counts('has no router', '"web@docker" "http://10.0.0.5:80"', '"-" "-"', body),
      counts('has no bytes for -', ' 10240 ', ' - ', { bytes: 0 }),
      counts('has the status 0 where no origin answered', ' 200 10240 ', ' - - ', { status: 0, bytes: 0 }),
      rejected('is none without its duration', ' 4ms', '', 'fields'),
      rejected('is none with another line behind it', ' 4ms', ` 4ms${traefikLine({})}`, 'fields'),
    ]),
  ]),
  nginx_ingress: stated([
    ...commonCases(ingressLine),
    ...changedExamples('nginx_ingress', body, [
      counts(
        'was tried twice',
        '10.0.0.5:8080 10240 0.003 200',
        '10.0.0.5:8080, 10.0.0.6:8080 0, 7 0.1, 0.2 502, 404',
        body,
      ),
      counts(
        'has no upstream',
        '[default-web-80] [] 10.0.0.5:8080 10240 0.003 200',
        '[upstream-default-backend] [] - - - -',
        body,
      ),
      counts('keeps nginx’s escapes', 'curl/8.0', 'a\\x22b', { userAgent: 'a\\x22b' }),
      counts('counts with a broken request', 'GET /a/b.jpg?v=2 HTTP/2.0', '\\x16\\x03', { method: '', path: '' }),
      rejected('is none with a quote in its user agent', 'curl', 'cu"rl', 'fields'),
      rejected('is none without its upstream', ' [default-web-80] []', '', 'fields'),
    ]),
  ]),
  ltsv: [
    ...commonCases(ltsvLine),
    ...domainCases((host) => ltsvLine({ host })),
    ...changedExamples('ltsv', { ...body, cache: 'hit' }, [
      counts('has the client that is forwarded', 'forwardedfor:-', 'forwardedfor:203.0.113.9', {
        clientIp: '::ffff:203.0.113.9',
      }),
      counts('has a colon in a value', 'ua:curl/8.0', 'ua:a:b', { userAgent: 'a:b' }),
      counts('has its target in uri', 'req:GET /a/b.jpg?v=2 HTTP/1.1', 'method:PUT\turi:/x?y=1', {
        method: 'PUT',
        path: '/x',
      }),
      counts('took microseconds', 'reqtime:0.004', 'reqtime_microsec:4000', { durationMs: 4 }),
      counts(
        'is timed in ISO 8601',
        '[01/Sep/2026:08:00:01 +0800]',
        '2026-09-01T08:00:01+08:00',
        body.time ? { time: body.time } : {},
      ),
      counts('has labels that nobody knows', 'referer:-', 'x.y-z:1\treferer:-', { bytes: 10_240 }),
      rejected('has no domain', '\tvhost:www.example.com', '', 'no_domain'),
      rejected('is none without a status', '\tstatus:200', '\t200', 'fields'),
      rejected('is none without a size', '\tsize:10240', '', 'fields'),
      rejected('is none with a tab in its size', 'size:10240', 'size:102\t40', 'fields'),
      rejected(
        'is none with another line behind it',
        'vhost:www.example.com',
        `vhost:www.example.com${ltsvLine({})}`,
        'fields',
      ),
      counts('counts with a tab in its user agent', 'ua:curl/8.0', 'ua:a\tb', { bytes: 10_240 }),
    ]),
  ],
}
