import { haproxy } from '../formats/text/haproxy.ts'
import { type Change, changedExamples, common, counts, rejected } from './example-cases.contract.ts'
import type { LineCase, RequestRow } from './line-case.contract.ts'

const captured = '{www.example.com|curl/8.0} {}'
const request = '"GET /a/b.jpg?v=2 HTTP/1.1"'
const cookies = ' - - ---- '
const urlOf = (protocol: string) => `"GET https://u.example.com:8443/a ${protocol}"`

/** A line of the example, cut behind a text. */
const cutBehind = (text: string, changes: [from: string, to: string][] = []): string => {
  const line = changes.reduce((changed, [from, to]) => changed.replace(from, to), haproxy.example)
  if (!line.includes(text)) throw new Error(`the example has no ${text}`)
  return line.slice(0, line.indexOf(text) + text.length)
}
const cut = (why: string, line: string, outcome: { row: Partial<RequestRow> } | { rejected: string }): LineCase => ({
  why: `cut ${why}`,
  line,
  ...outcome,
})

const prefixed: Change[] = [
  counts(
    'has the client behind syslog’s prefix',
    '198.51.100.7:50123',
    'Sep  1 08:00:01 lb haproxy[9]: 203.0.113.9:1',
    {
      clientIp: '::ffff:203.0.113.9',
    },
  ),
  counts(
    'has the client behind a time with a zone',
    '198.51.100.7:50123',
    '2026-09-01T08:00:01+08:00 lb haproxy[9]: 203.0.113.9:1',
    {
      clientIp: '::ffff:203.0.113.9',
    },
  ),
  counts('has an IPv6 client', '198.51.100.7:50123', '2001:db8::7:50123', { clientIp: '2001:db8::7' }),
  counts('has an IPv4 client of a socket for both', '198.51.100.7:50123', '::ffff:198.51.100.7:50123', {}),
  counts('has no client at a socket of the machine', '198.51.100.7:50123', 'unix:1', { clientIp: '::' }),
  counts('has no client for -', '198.51.100.7:50123', '-:22222', { clientIp: '::' }),
]

const domains: Change[] = [
  counts('has none in a URL where a header is captured', 'GET /a', 'GET https://u.example.com:8443/a', {
    domain: 'www.example.com',
  }),
  counts('has its domain in the URL of HTTP/2 where none is', `${captured} ${request}`, urlOf('HTTP/2.0'), {
    domain: 'u.example.com',
  }),
  rejected('has none in the URL of HTTP/1', `${captured} ${request}`, urlOf('HTTP/1.1'), 'no_domain'),
  rejected('has none from an address, as of X-Forwarded-For', '{www.example.com|', '{198.51.100.9|', 'no_domain'),
  rejected('has none from the second captured value', '{www.example.com|curl/8.0}', '{|h.example.com}', 'no_domain'),
  counts('has none from a user agent', 'curl/8.0', 'other.example.org', { domain: 'www.example.com' }),
  counts('has its domain from a single block', ' {}', '', {}),
  counts('has none from the block of the answer', '{}', '{edge7.cdn.example.org|text/html}', {}),
  rejected('has no domain when none is captured', `${captured} `, '', 'no_domain'),
  rejected('has none from the second block alone', captured, '{|} {edge7.cdn.example.org}', 'no_domain'),
  rejected(
    'has none from what answers usually say',
    captured,
    '{text/html|nginx/1.18.0|HIT|1.1 varnish|10588}',
    'no_domain',
  ),
  rejected(
    'has none in a cookie',
    `${cookies}1/1/1/1/0 0/0 ${captured}`,
    ' a={evil.example.org} - ---- 1/1/1/1/0 0/0',
    'no_domain',
  ),
]

const shapes: Change[] = [
  counts('counts when the client was gone', ' 200 10588 ', ' -1 0 ', { status: 0, bytes: 0 }),
  counts('counts what was sent so far', '/109 200 10588 ', '/+109 200 +10588 ', { bytes: 10_588, durationMs: 109 }),
  counts('counts with a broken request', request, '"<BADREQ>"', { method: '', path: '' }),
  counts('counts without a server', 'be_web/srv1 10/0/30/69/109', 'be_web/<NOSRV> -1/-1/-1/-1/109', {}),
  counts('counts after a redispatch', '1/1/1/1/0', '1/1/1/1/+3', {}),
  counts(
    'has fields of TLS behind the request',
    request,
    `${request} 0/0/0/0/1 other.example.org/TLSv1.3/TLS_AES_256_GCM_SHA384`,
    {
      bytes: 10_588,
    },
  ),
  counts('has captured cookies with blanks', cookies, ' a=b c - ---- ', { bytes: 10_588 }),
  counts('has captured cookies with quotes', cookies, ' a="b" c="d" ---- ', { path: '/a/b.jpg' }),
  rejected('has no time on day 32', '[01/Sep', '[32/Sep', 'bad_time'),
  rejected('has no status of letters', ' 200 10588 ', ' ok 10588 ', 'bad_status'),
  rejected('has no bytes below nothing', ' 200 10588 ', ' 200 -5 ', 'bad_bytes'),
  rejected('is none of TCP', '10/0/30/69/109 200 10588 - - ----', '1/2/3 10588 --', 'fields'),
  rejected('is none with its status twice', ' 200 10588 ', ' 200 200 10588 ', 'fields'),
  rejected('is none without its bytes', ' 200 10588 ', ' 200 ', 'fields'),
  rejected('is none with a quote inside', '/a/b.jpg', '/a"b.jpg', 'fields'),
]

const message = (why: string, line: string, reason = 'server_message'): LineCase => ({ why, line, rejected: reason })
const messages: LineCase[] = [
  ...['SSL handshake failure', 'Timeout during SSL handshake (accept proxy)'].map((problem) =>
    message(`is no request with ${problem}`, `198.51.100.7:50123 [01/Sep/2026:08:00:01.655] fe_https/1: ${problem}`),
  ),
  message('is no request of a server that is down', 'Server be_web/srv1 is DOWN, reason: Layer4 timeout.'),
  message('is no request of a proxy that starts', 'Proxy fe_https started.'),
  message('is no request of nginx’s error log', '2026/09/01 08:00:01 [error] 7#7: *1 open() "/a" failed'),
  message('is no request of Envoy’s own log', '[2026-09-01 00:00:01.123][1][info][main] starting main dispatch loop'),
  message('is no request of klog', 'I0901 08:00:01.123456       7 controller.go:190] "Configuration changes"'),
  message('is no request of Apache’s error log', '[Tue Sep 01 08:00:01.123456 2026] [core:error] [pid 7] AH00037: x'),
  message(
    'is no request of Traefik’s own log',
    '{"level":"info","msg":"Configuration loaded","time":"2026-09-01T00:00:01Z"}',
  ),
  message('is none of a message with its request', '{"level":"info","request":{"uri":"/"},"status":200}', 'fields'),
  message(
    'is none of a client who writes a message',
    `Server a/b is DOWN ${haproxy.example.replace('10588', 'x')}`,
    'bad_bytes',
  ),
]

const glued = haproxy.example.replace('10588', '4')

const cuts: LineCase[] = [
  cut('in its query', cutBehind('?v'), {
    row: { ...common, query: 'v', userAgent: '', cache: 'unknown', durationMs: 109 },
  }),
  cut('in its path', cutBehind('/a/b'), { row: { domain: 'www.example.com', path: '/a/b', bytes: 10_588 } }),
  cut('in its protocol', cutBehind('HT'), { row: { path: '/a/b.jpg', query: 'v=2', bytes: 10_588 } }),
  cut('before its target', cutBehind('"GET'), { row: { path: '', method: '', bytes: 10_588 } }),
  cut('in the host of its URL', cutBehind('//w', [['/a/b', 'http://www.x.test/a/b']]), {
    row: { domain: 'www.example.com', bytes: 10_588 },
  }),
  cut(
    'in the host of its URL, where no header is captured',
    cutBehind('//w', [[`${captured} "GET /a`, '"GET http://www.x.test/a']]),
    {
      rejected: 'no_domain',
    },
  ),
  cut('in captured values', cutBehind('{www.ex'), { rejected: 'fields' }),
  cut('between captured values', cutBehind('8.0} '), { rejected: 'fields' }),
  cut('before captured values', cutBehind('0/0'), { rejected: 'fields' }),
  cut('in its bytes', cutBehind('200 105'), { rejected: 'fields' }),
  {
    ...cut('in captured values', cutBehind('{www.ex'), { row: { domain: 's.test', bytes: 10_588 } }),
    defaultDomain: 's.test',
  },
  { ...cut('before them', cutBehind('0/0'), { rejected: 'fields' }), defaultDomain: 's.test' },
  ...['GET /a', '{www.ex', '200 105', 'HTTP/1.1"'].map((text) =>
    cut(`behind ${text}, with another request joined to it`, `${cutBehind(text)}${glued}`, { rejected: 'fields' }),
  ),
  cut('in a cookie, with another joined to it', `${cutBehind(' a=b', [[' - - ', ' a=b - ']])}${glued}`, {
    rejected: 'fields',
  }),
  cut('in its URL, with the beginning of another', `${cutBehind('GET /a')}${cutBehind('200 10588')}`, {
    rejected: 'fields',
  }),
]

export const haproxyCases: LineCase[] = [
  ...changedExamples('haproxy', { ...common, userAgent: '', cache: 'unknown', durationMs: 109 }, [
    ...prefixed,
    ...domains,
    ...shapes,
  ]),
  ...cuts,
  ...messages,
]
