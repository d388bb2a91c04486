/** A row of `request`, as the tests read it. */
export type RequestRow = {
  time: number
  domain: string
  clientIp: string
  path: string
  query: string
  referrer: string
  userAgent: string
  method: string
  status: number
  bytes: number
  cache: 'unknown' | 'miss' | 'hit'
  durationMs: number
  country: string
  province: string
  carrier: string
}

/** A line and its outcome. `why` completes the sentence "a line …". */
export type LineCase = {
  why: string
  line: string | Buffer
  defaultDomain?: string
  allowedDomains?: string[]
  countAlso?: string[]
} & ({ row: Partial<RequestRow> } | { rejected: string })

/** Time at which the lines are read. */
export const nowMs = Date.parse('2026-09-02T00:00:00Z')

export const seconds = (time: string) => Date.parse(time) / 1000

type Outcome = { row: Partial<RequestRow> } | { rejected: string }

/**
 * Cases that every format shares: times, status, bytes and domains. `write` makes a line of a format with such a part.
 */
export function commonCases(write: (fields: { time?: string; status?: string; bytes?: string }) => string): LineCase[] {
  const time = (why: string, text: string, outcome: Outcome) => ({ why, line: write({ time: text }), ...outcome })
  const at = (text: string) => ({ row: { time: seconds(text) } })
  const status = (why: string, text: string, outcome: Outcome) => ({ why, line: write({ status: text }), ...outcome })
  const bytes = (why: string, text: string, outcome: Outcome) => ({ why, line: write({ bytes: text }), ...outcome })
  return [
    time('counts at its time in UTC', '01/Sep/2026:08:00:01 +0800', at('2026-09-01T00:00:01Z')),
    time('counts at its time west of Greenwich', '31/Aug/2026:20:30:01 -0330', at('2026-09-01T00:00:01Z')),
    time('counts at its time a quarter of an hour off', '01/Sep/2026:05:45:01 +0545', at('2026-09-01T00:00:01Z')),
    time('counts on a leap day', '29/Feb/2024:12:00:00 +0000', at('2024-02-29T12:00:00Z')),
    time('has no time in a month that is none', '01/Foo/2026:08:00:01 +0800', { rejected: 'bad_time' }),
    time('has no time on a day that is none', '31/Sep/2026:08:00:01 +0800', { rejected: 'bad_time' }),
    time('has no time on a leap day of another year', '29/Feb/2026:08:00:01 +0800', { rejected: 'bad_time' }),
    time('has no time at 24 hours', '01/Sep/2026:24:00:00 +0800', { rejected: 'bad_time' }),
    time('has no time in minute 60', '01/Sep/2026:08:60:01 +0800', { rejected: 'bad_time' }),
    time('counts at its time furthest east', '01/Sep/2026:14:00:01 +1400', at('2026-09-01T00:00:01Z')),
    ...['+CEST', '+9999', '+0860', '0+800', '-08x0'].map((zone) =>
      time(`has no time in the zone ${zone}`, `01/Sep/2026:08:00:01 ${zone}`, { rejected: 'bad_time' }),
    ),
    time('has no time in ISO 8601', '2026-09-01T00:00:01. +08:00', { rejected: 'bad_time' }),
    time('is too old at 1970', '01/Jan/1970:08:00:01 +0800', { rejected: 'time_too_old' }),
    time('is too old a second before 2000', '31/Dec/1999:23:59:59 +0000', { rejected: 'time_too_old' }),
    time('counts at the start of 2000', '01/Jan/2000:00:00:00 +0000', at('2000-01-01T00:00:00Z')),
    time('counts a day ahead of our clock', '03/Sep/2026:00:00:00 +0000', at('2026-09-03T00:00:00Z')),
    time('is in the future a second later', '03/Sep/2026:00:00:01 +0000', { rejected: 'time_in_future' }),
    time('is in the future in 2090', '01/Sep/2090:08:00:01 +0800', { rejected: 'time_in_future' }),
    time('has no time in 9999', '01/Sep/9999:08:00:01 +0800', { rejected: 'bad_time' }),
    time('has no time in 1900', '01/Sep/1900:08:00:01 +0800', { rejected: 'bad_time' }),
    status('counts with status 499', '499', { row: { status: 499 } }),
    status('counts with status 0 when the client was gone', '000', { row: { status: 0 } }),
    ...['abc', '2x0', '-', '99999', '-200', '+200'].map((text) =>
      status(`has no status with ${text}`, text, { rejected: 'bad_status' }),
    ),
    bytes('counts without bytes', '0', { row: { bytes: 0 } }),
    bytes('counts a terabyte', '1099511627776', { row: { bytes: 2 ** 40 } }),
    ...['-1', '+7', '+', '++7', '-0', '1e3', '12.5', '0x7', 'abc', '18446744073709551616', '18446744073709551615'].map(
      (text) => bytes(`has no size with ${text}`, text, { rejected: 'bad_bytes' }),
    ),
    { why: 'is blank with nothing in it', line: '', rejected: 'blank' },
    { why: 'is blank with a carriage return alone', line: '\r', rejected: 'blank' },
    { why: 'is no request as prose', line: 'the quick brown fox', rejected: 'fields' },
    { why: 'is no request with too many quotes', line: '"'.repeat(40), rejected: 'fields' },
    { why: 'is no request with half of its fields', line: write({}).slice(0, 60), rejected: 'fields' },
    { why: 'is not read with a NUL byte', line: `${write({})}\0`, rejected: 'nul_bytes' },
    { why: 'is not read over 1 MiB', line: write({}).padEnd(2 ** 20 + 1, 'x'), rejected: 'line_too_long' },
    { why: 'counts with a carriage return at its end', line: `${write({})}\r`, row: { status: 200, bytes: 10_240 } },
  ]
}

/** Cases of domain names, wherever a format has them. */
export function domainCases(write: (domain: string) => string): LineCase[] {
  const domain = (why: string, text: string, outcome: Outcome) => ({ why, line: write(text), ...outcome })
  const is = (name: string) => ({ row: { domain: name } })
  const long = `${'a'.repeat(63)}.`.repeat(4)
  return [
    domain('belongs to its domain in lower case', 'WWW.Example.TEST', is('www.example.test')),
    domain('belongs to its domain without port', 'www.example.test:8080', is('www.example.test')),
    domain('belongs to its domain without final dot', 'www.example.test.', is('www.example.test')),
    domain('belongs to its domain without either', 'WWW.Example.TEST.:8080', is('www.example.test')),
    domain('belongs to a domain of one label', 'localhost', is('localhost')),
    domain('belongs to a domain of 253 characters', long.slice(0, 253), is(long.slice(0, 253))),
    domain('belongs to an address', '203.0.113.9:80', is('203.0.113.9')),
    domain('belongs to a domain with an underscore', '_dmarc.example.test', is('_dmarc.example.test')),
    domain('has no domain with -', '-', { rejected: 'no_domain' }),
    domain('has a bad domain with 254 characters', `${long.slice(0, 253)}a`, { rejected: 'bad_domain' }),
    domain('has a bad domain with an empty label', 'www..example.test', { rejected: 'bad_domain' }),
    domain('has a bad domain with a slash', 'www.example.test/x', { rejected: 'bad_domain' }),
    domain('has a bad domain with other letters', 'wörld.example.test', { rejected: 'bad_domain' }),
    domain('has a bad domain with a hyphen first', '-www.example.test', { rejected: 'bad_domain' }),
    domain('has a bad domain with an apostrophe', `it's.example.test`, { rejected: 'bad_domain' }),
    domain('has a bad domain with an IPv6 address', '[2001:db8::1]:443', { rejected: 'bad_domain' }),
    { ...domain('belongs to the delivery’s domain with -', '-', is('default.test')), defaultDomain: 'default.test' },
    { ...domain('keeps its own domain', 'own.test', is('own.test')), defaultDomain: 'default.test' },
    {
      ...domain('counts for a domain that is allowed', 'WWW.a.test:80', is('www.a.test')),
      allowedDomains: ['b', 'www.a.test'],
    },
    {
      ...domain('does not count for one that is not', 'www.a.test', { rejected: 'domain_not_allowed' }),
      allowedDomains: ['a.test', 'b.www.a.test'],
    },
  ]
}
