import { commonCases, domainCases, type LineCase, type RequestRow, seconds } from './line-case.contract.ts'

const defaults = {
  time: '01/Sep/2026:08:00:01 +0800',
  client: '198.51.100.7',
  duration: '35',
  referrer: 'https://www.example.test/',
  protocol: 'HTTP/1.1',
  method: 'GET',
  domain: 'www.example.test',
  path: '/a/b.jpg',
  status: '200',
  bytes: '10240',
  cache: 'HIT',
  userAgent: 'Mozilla/5.0 (X11)',
  range: '"bytes=0-1023"',
  edge: ' 203.0.113.9',
}

const line = (fields: Partial<typeof defaults> = {}) => {
  const f = { ...defaults, ...fields }
  return (
    `[${f.time}] ${f.client} ${f.duration} "${f.referrer}" "${f.protocol}" "${f.method}" "${f.domain}" "${f.path}" ` +
    `${f.status} ${f.bytes} ${f.cache} "${f.userAgent}" ${f.range}${f.edge}`
  )
}

const counts = (why: string, fields: Partial<typeof defaults>, row: Partial<RequestRow>): LineCase => ({
  why,
  line: line(fields),
  row,
})

const whole: RequestRow = {
  time: seconds('2026-09-01T00:00:01Z'),
  domain: 'www.example.test',
  clientIp: '::ffff:198.51.100.7',
  path: '/a/b.jpg',
  query: '',
  referrer: 'https://www.example.test/',
  userAgent: 'Mozilla/5.0 (X11)',
  method: 'GET',
  status: 200,
  bytes: 10_240,
  cache: 'hit',
  durationMs: 35,
  country: '',
  province: '',
  carrier: '',
}

/** Quotes are logged unescaped: Huawei does not document an escape. */
const quoted: LineCase[] = [
  counts('counts with quotes in its user agent', { userAgent: 'a "b" c' }, { ...whole, userAgent: 'a "b" c' }),
  counts('counts with one quote in its user agent', { userAgent: 'a "b' }, { ...whole, userAgent: 'a "b' }),
  counts(
    'counts with escaped quotes in its user agent',
    { userAgent: 'a \\"b\\"' },
    { ...whole, userAgent: 'a \\"b\\"' },
  ),
  counts(
    'counts with quotes in its referrer',
    { referrer: 'https://r.test/"q"' },
    { ...whole, referrer: 'https://r.test/"q"' },
  ),
  counts('counts with quotes in its path', { path: '/say-"hi".jpg' }, { ...whole, path: '/say-"hi".jpg' }),
  counts(
    'counts with a quote in three fields',
    { path: '/"', referrer: '"', userAgent: '"' },
    {
      ...whole,
      ...{ path: '/"', referrer: '"', userAgent: '"' },
    },
  ),
]

export const huaweiCases: LineCase[] = [
  { why: 'counts with fourteen fields', line: line(), row: whole },
  counts('counts with thirteen fields', { edge: '' }, whole),
  counts(
    'counts with - for what it has not',
    { referrer: '-', userAgent: '-', range: '"-"' },
    {
      ...whole,
      ...{ referrer: '', userAgent: '' },
    },
  ),
  counts('counts with an IPv6 client', { client: '2001:db8::7' }, { ...whole, clientIp: '2001:db8::7' }),
  counts('counts without a client', { client: '-' }, { ...whole, clientIp: '::' }),
  counts('counts as a miss', { cache: 'MISS' }, { ...whole, cache: 'miss' }),
  counts('counts with another cache state', { cache: 'BYPASS' }, { ...whole, cache: 'miss' }),
  counts('counts without a duration', { duration: '-' }, { ...whole, durationMs: 0 }),
  counts('counts with a query in its path', { path: '/a?b=c?d' }, { ...whole, path: '/a', query: 'b=c?d' }),
  counts('counts with spaces in its path', { path: '/a b.jpg' }, { ...whole, path: '/a b.jpg' }),
  counts(
    'counts with a URL for its path',
    { path: 'http://www.example.test/x?y=/' },
    { ...whole, path: '/x', query: 'y=/' },
  ),
  counts('counts with a URL that has no path', { path: 'https://www.example.test' }, { ...whole, path: '/' }),
  { why: 'counts with a carriage return and no edge', line: `${line({ edge: '' })}\r`, row: whole },
  ...quoted,
  { why: 'is none with its method twice', line: line({ method: 'GET" "GET' }), rejected: 'fields' },
  {
    why: 'is none with method and domain in each other’s places',
    line: line({ method: 'a.test', domain: 'GET' }),
    rejected: 'fields',
  },
  ...[60, 90, 130].map(
    (at): LineCase => ({
      why: `is one cut at ${at} with another behind it`,
      line: line().slice(0, at) + line(),
      rejected: 'fields',
    }),
  ),
  { why: 'has no time in the zone +08:00', line: line({ time: '01/Sep/2026:08:00:01 +08:00' }), rejected: 'bad_time' },
  { why: 'has no size with -', line: line({ bytes: '-' }), rejected: 'bad_bytes' },
  { why: 'has no domain with none', line: line({ domain: '' }), rejected: 'no_domain' },
  { why: 'has a bad domain with a space', line: line({ domain: 'www example.test' }), rejected: 'bad_domain' },
  ...commonCases(line),
  ...domainCases((domain) => line({ domain })),
]
