import { commonCases, domainCases, type LineCase, type RequestRow, seconds } from './line-case.contract.ts'

const defaults = {
  client: '198.51.100.7',
  user: '-',
  time: '01/Sep/2026:08:00:01 +0800',
  request: 'GET /a/b.jpg?v=2 HTTP/1.1',
  status: '200',
  bytes: '10240',
  referrer: 'https://r.test/',
  userAgent: 'curl/8.0',
  more: '',
}

const line = (fields: Partial<typeof defaults> = {}) => {
  const f = { ...defaults, ...fields }
  return `${f.client} - ${f.user} [${f.time}] "${f.request}" ${f.status} ${f.bytes} "${f.referrer}" "${f.userAgent}"${f.more}`
}

const whole: RequestRow = {
  time: seconds('2026-09-01T00:00:01Z'),
  domain: 'www.example.test',
  clientIp: '::ffff:198.51.100.7',
  path: '/a/b.jpg',
  query: 'v=2',
  referrer: 'https://r.test/',
  userAgent: 'curl/8.0',
  method: 'GET',
  status: 200,
  bytes: 10_240,
  cache: 'unknown',
  durationMs: 0,
  country: '',
  province: '',
  carrier: '',
}
const broken = { ...whole, path: '', query: '', method: '' }

const counts = (why: string, fields: Partial<typeof defaults>, row: Partial<RequestRow>): LineCase => ({
  why,
  line: line(fields),
  row,
})
const target = (why: string, text: string, row: Partial<RequestRow>) =>
  counts(why, { request: `GET ${text} HTTP/1.1` }, { ...whole, query: '', ...row })

/** Cases of both formats; each format has the domain in its own way. */
const requestCases: LineCase[] = [
  counts('counts as it is', {}, whole),
  counts(
    'counts with - for what it has not',
    { referrer: '-', userAgent: '-' },
    { ...whole, referrer: '', userAgent: '' },
  ),
  counts('counts with an empty referrer', { referrer: '' }, { ...whole, referrer: '' }),
  counts('counts with - for no bytes', { bytes: '-' }, { ...whole, bytes: 0 }),
  counts('counts with an IPv6 client', { client: '2001:db8::7' }, { ...whole, clientIp: '2001:db8::7' }),
  counts('counts with a name for its client', { client: 'host.test' }, { ...whole, clientIp: '::' }),
  counts('counts with spaces and brackets in its user', { user: 'John [x] Doe' }, whole),
  counts(
    'has its time and the cache’s word among the fields behind',
    { more: ' "203.0.113.1" 0.123 HIT' },
    { ...whole, durationMs: 123, cache: 'hit' },
  ),
  counts('is a miss by a word behind', { more: ' EXPIRED' }, { ...whole, cache: 'miss' }),
  counts('is a hit in Varnish’s word', { more: ' hit' }, { ...whole, cache: 'hit' }),
  counts('says nothing of the cache with - behind', { more: ' "a" - "b"' }, whole),
  counts('says nothing of the cache in what a client sent', { more: ' "HIT" "0.500 HIT"' }, whole),
  counts('has a referrer without escapes', { referrer: 'a "b" c', more: ' "d"' }, { ...whole, referrer: 'a "b" c' }),
  target('counts with an absolute URL', 'http://www.example.test/x/y?z=/1', { path: '/x/y', query: 'z=/1' }),
  target('counts with an absolute URL without path', 'HTTPS://www.example.test', { path: '/' }),
  target('counts with a target that has spaces', '/a b c.jpg', { path: '/a b c.jpg' }),
  target('counts with several question marks', '/a?b?c', { path: '/a', query: 'b?c' }),
  target('counts with a URL in its query', '/go?to=http://x.test/y', { path: '/go', query: 'to=http://x.test/y' }),
  counts(
    'counts as OPTIONS *',
    { request: 'OPTIONS * HTTP/1.1' },
    { ...whole, path: '*', query: '', method: 'OPTIONS' },
  ),
  ...['-', '', 'GET', 'GET /a', '\\x16\\x03\\x01\\x00', 'hello there world'].map((request) =>
    counts(`counts without a target when its request line is broken: "${request}"`, { request }, broken),
  ),
  counts(
    'counts with escaped quotes in its user agent',
    { userAgent: 'a \\"b\\" c' },
    { ...whole, userAgent: 'a \\"b\\" c' },
  ),
  counts('counts with escaped quotes in its referrer', { referrer: 'a\\"b' }, { ...whole, referrer: 'a\\"b' }),
  counts(
    'counts with nginx’s escape of a quote',
    { userAgent: 'a \\x22b\\x22' },
    { ...whole, userAgent: 'a \\x22b\\x22' },
  ),
  target('counts with escaped quotes in its target', '/\\"a\\".jpg', { path: '/\\"a\\".jpg' }),
  counts('counts with a backslash before a closing quote', { userAgent: 'a\\\\' }, { ...whole, userAgent: 'a\\\\' }),
  counts(
    'counts with escapes and more fields',
    { userAgent: '\\"a\\"', more: ' "-"' },
    { ...whole, userAgent: '\\"a\\"' },
  ),
]

export const combinedCases: LineCase[] = [
  ...[...requestCases, ...commonCases(line)].map((one) => ({ defaultDomain: 'www.example.test', ...one })),
  { why: 'has no domain when the delivery names none', line: line(), rejected: 'no_domain' },
]

export const combinedWithHostCases: LineCase[] = [
  ...requestCases.map((one) => ({ ...one, line: `www.example.test:443 ${one.line}` })),
  ...commonCases((fields) => `www.example.test:443 ${line(fields)}`),
  ...domainCases((domain) => `${domain} ${line()}`),
]
