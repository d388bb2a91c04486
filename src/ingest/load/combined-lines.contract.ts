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

/** A line that was cut when its request was written already, and the next one. */
const cutAndJoined = (at: number) => `${line({ user: 'u' }).slice(0, at)}${line()}`
const escapedLine = '[01/Sep/2026:08:00:01 +0800] \\"GET / HTTP/1.1\\" 200 5 \\"-\\"'

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
  ...(
    [
      ['a port', '198.51.100.7:50123', '::ffff:198.51.100.7'],
      ['an IPv6 address in brackets', '[2001:db8::7]', '2001:db8::7'],
      ['an IPv6 address and a port', '[2001:db8::7]:50123', '2001:db8::7'],
      ['a zone', 'fe80::7%eth0', 'fe80::7'],
      ['a list of proxies', '8.8.8.8, 10.0.0.1', '::ffff:8.8.8.8'],
      ['a list without blanks', '8.8.8.8,10.0.0.1', '::ffff:8.8.8.8'],
      ['a list of three with ports', '8.8.8.8:1, 10.0.0.1:2, [2001:db8::7]:3', '::ffff:8.8.8.8'],
      ['private addresses before the public one', '10.0.0.1, fe80::1, 100.64.0.9, 8.8.8.8', '::ffff:8.8.8.8'],
      ['private addresses alone', '10.0.0.7, 192.168.0.1', '::ffff:10.0.0.7'],
      ['words in its list', 'unknown, 8.8.8.8', '::ffff:8.8.8.8'],
      ['a mapped address in brackets', '[::ffff:8.8.8.8]:50123', '::ffff:8.8.8.8'],
    ] as const
  ).map(([what, client, clientIp]) => counts(`counts with ${what} for its client`, { client }, { ...whole, clientIp })),
  counts('counts with CONNECT', { request: 'CONNECT mail.test:443 HTTP/1.1' }, { ...broken, method: 'CONNECT' }),
  target('counts with a target without a slash', 'a/b', { path: '/a/b' }),
  counts('may have a time in what a client sent, without quotes', { more: ' [01/Sep/2026:08:00:01 +0800]' }, whole),
  { why: 'is two requests on one line', line: `${line()}${line()}`, rejected: 'fields' },
  { why: 'is two requests with a carriage return between', line: `${line()}\r${line()}`, rejected: 'carriage_return' },
  ...[50, 60, 78, 90, 105].map(
    (at): LineCase => ({
      why: `is one cut at ${at} with another behind it`,
      line: cutAndJoined(at),
      rejected: 'fields',
    }),
  ),
  { why: 'is none with a figure too many', line: line({ bytes: '200 10240' }), rejected: 'fields' },
  { why: 'is none with a blank in its size', line: line({ bytes: '102 40' }), rejected: 'fields' },
  { why: 'has no status in its size’s place', line: line({ status: '10240', bytes: '200' }), rejected: 'bad_status' },
  counts(
    'counts with a line in what a client sent, its quotes escaped',
    { userAgent: escapedLine },
    { ...whole, userAgent: escapedLine },
  ),
  counts('counts with a carriage return that a client sent', { userAgent: 'a\rb' }, { ...whole, userAgent: 'a\rb' }),
  { why: 'may end in two carriage returns', line: `${line()}\r\r`, row: whole },
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
    { ...whole, path: '', query: '', method: 'OPTIONS' },
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

/** A transport's words before a line are no client, host or user. */
const prefixes = [
  'Sep 11 00:00:00 web1 nginx: ',
  '<190>Sep  1 00:00:00 web1 nginx: ',
  '<134>2026-09-01T00:00:00Z cache-fra1234 access[62959]: ',
  '2026-09-01T00:00:00.123456789Z stdout F ',
  '2026-09-01T00:00:00.123456789Z ',
  'web-1  | ',
  '198.51.100.9 Sep 11 00:00:00 nginx: ',
]

const cutBehind = (text: string, fields: Partial<typeof defaults> = {}) => {
  const whole = line(fields)
  return whole.slice(0, whole.indexOf(text) + text.length)
}
/** Lines as syslog cuts them at its longest message. */
const cutCases: LineCase[] = [
  { why: 'cut in its user agent counts', line: cutBehind('"curl'), row: { ...whole, userAgent: 'curl' } },
  { why: 'cut in its referrer counts', line: cutBehind('"https'), row: { ...whole, referrer: 'https', userAgent: '' } },
  { why: 'cut before its referrer counts', line: cutBehind('10240 "'), row: { ...whole, referrer: '', userAgent: '' } },
  { why: 'cut behind its referrer is none', line: cutBehind('r.test/"'), rejected: 'fields' },
  { why: 'cut behind its bytes is none', line: cutBehind('10240'), rejected: 'fields' },
  { why: 'cut in its request is none', line: cutBehind('?v'), rejected: 'fields' },
  {
    why: 'cut with an escaped quote before is none',
    line: cutBehind('"curl', { request: 'GET /a\\" 200 5 \\"b HTTP/1.1' }),
    rejected: 'fields',
  },
  ...['?v', '"https', '"curl'].map(
    (text): LineCase => ({
      why: `cut behind ${text}, with another joined to it, is none`,
      line: cutBehind(text) + line(),
      rejected: 'fields',
    }),
  ),
]

export const combinedCases: LineCase[] = [
  ...prefixes.map(
    (prefix): LineCase => ({ why: `is none behind ${prefix}`, line: `${prefix}${line()}`, rejected: 'fields' }),
  ),
  {
    why: 'counts with quotes around what it has not, as Fastly writes it',
    line: line().replace('- - [', '"-" "-" ['),
    defaultDomain: 'www.example.test',
    row: whole,
  },
  ...[...requestCases, ...cutCases, ...commonCases(line)].map((one) => ({ defaultDomain: 'www.example.test', ...one })),
  { why: 'has no domain when the delivery names none', line: line(), rejected: 'no_domain' },
]

export const combinedWithHostCases: LineCase[] = [
  ...[...requestCases, ...cutCases].map((one) => ({ ...one, line: `www.example.test:443 ${one.line}` })),
  ...[30, 45, 60].map((at): LineCase => {
    const first = `www.example.test:443 ${line()}`
    const second = `b.example.test:443 ${line()}`
    return {
      why: `is of neither domain when one cut at ${at} stands before it`,
      line: first.slice(0, at) + second,
      rejected: 'fields',
    }
  }),
  {
    why: 'belongs to no client’s address',
    line: `198.51.100.7 www.example.test:443 - - ${line().slice(17)}`,
    rejected: 'bad_domain',
  },
  ...commonCases((fields) => `www.example.test:443 ${line(fields)}`),
  ...domainCases((domain) => `${domain} ${line()}`),
]
