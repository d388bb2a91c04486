import { logFormats } from '../formats/known-formats.ts'
import { formatByName } from '../formats/recognise.ts'
import { changedExamples, common, counts, rejected } from './example-cases.contract.ts'
import { haproxyCases } from './haproxy-lines.contract.ts'
import { type LineCase, seconds } from './line-case.contract.ts'

const browser = 'Mozilla/5.0 (X11)'

const lineOf = (name: string) => formatByName(logFormats, name)?.example ?? ''

/** Formats with blanks and quotes. */
export const textCases: Record<string, LineCase[]> = {
  alibaba_offline: changedExamples('alibaba_offline', { ...common, userAgent: browser, durationMs: 35 }, [
    counts('may have a day of two digits', '[1/Sep', '[01/Sep', { time: seconds('2026-09-01T00:00:01Z') }),
    counts('may have more columns', ' "image/jpeg"', ' "image/jpeg" 198.51.100.7 h2', { bytes: 10_588 }),
    rejected(
      'is none with a second place for its figures',
      '"-" "GET',
      '"x" "GET http://victim.test/a" 200 1 5 HIT "y" "GET',
      'fields',
    ),
    counts('is a miss', ' HIT ', ' MISS ', { cache: 'miss' }),
    counts('has its domain from the URL, without a port', 'www.example.com', 'x.example.com:8080', {
      domain: 'x.example.com',
    }),
    rejected('has no time in a zone of letters', '+0800', '+CEST', 'bad_time'),
    rejected('has no time on day 32', '[1/Sep', '[32/Sep', 'bad_time'),
    rejected('has no domain without a URL', 'http://www.example.com', '', 'no_domain'),
    rejected('has no bytes for -', ' 10588 HIT', ' - HIT', 'bad_bytes'),
    rejected('is none with a quote in its referrer', '"-" "GET', '"a"b" "GET', 'fields'),
    rejected('is none without its figures', ' 200 312 10588 HIT ', ' 200 ', 'fields'),
    rejected(
      'is none with another line behind it',
      '"image/jpeg"',
      `"image/jpeg"${lineOf('alibaba_offline')}`,
      'fields',
    ),
  ]),
  tencent_offline: changedExamples('tencent_offline', { ...common, query: '', userAgent: browser, durationMs: 35 }, [
    counts('may be old and end with the range', ' GET HTTP/1.1 hit 50123', '', { method: '', cache: 'unknown' }),
    counts('is a miss', ' hit ', ' miss ', { cache: 'miss' }),
    counts('has its place by Tencent’s numbers', ' 22 2 200', ' 1050 1046 200', {
      country: 'cn',
      province: 'shanghai',
      carrier: 'yidong',
    }),
    counts('has no place with numbers that nobody knows', ' 22 2 200', ' 7 -1 200', {
      country: '',
      province: '',
      carrier: '',
    }),
    counts('has a referrer', ' NULL ', ' http://x.test/ ', { referrer: 'http://x.test/' }),
    rejected('has no time in month 13', '20260901', '20261301', 'bad_time'),
    rejected('has no status of letters', ' 200 NULL', ' x NULL', 'bad_status'),
    rejected('has no domain for NULL', 'www.example.com', 'NULL', 'no_domain'),
    rejected('has no domain of its province', 'www.example.com', '22', 'bad_domain'),
    counts('has a blank in its referrer', ' NULL 35', ' http://x.test/a b 35', {
      referrer: 'http://x.test/a b',
      durationMs: 35,
    }),
    counts('has a quote in its user agent', browser, 'a "b" c', { userAgent: 'a "b" c', cache: 'hit', method: 'GET' }),
    rejected('is none with figures in its referrer', ' NULL 35', ' x 5 22 2 200 y 35', 'fields'),
    rejected('is none with figures in its path', ' /a/b.jpg ', ' /a 5 22 2 200 y ', 'fields'),
    rejected('is none with its size twice', ' 10588 ', ' 10588 10588 ', 'fields'),
    rejected('is none without its duration', ' NULL 35', ' NULL', 'fields'),
    rejected('is none with another line behind it', ' 50123', ` 50123${lineOf('tencent_offline')}`, 'fields'),
  ]),
  envoy: changedExamples('envoy', { ...common, bytes: 10_240, cache: 'unknown', durationMs: 4 }, [
    counts('has the first of the proxies’ list for a client', '"198.51.100.7"', '"203.0.113.9, 198.51.100.7"', {
      clientIp: '::ffff:203.0.113.9',
    }),
    counts('has no client for -', '"198.51.100.7"', '"-"', { clientIp: '::' }),
    counts('counts without an answer', ' 200 - 0 10240', ' 0 DC 0 0', { status: 0, bytes: 0 }),
    rejected('has no time without its zone', '01.123Z', '01.123', 'bad_time'),
    rejected('has no domain for -', '"www.example.com"', '"-"', 'no_domain'),
    counts('has a quote in its user agent', '"curl/8.0"', '"app "Nightly" 2"', { userAgent: 'app "Nightly" 2' }),
    counts('has figures in its user agent', '"curl/8.0"', '"x" 404 - 0 1 4 3 "y"', {
      userAgent: 'x" 404 - 0 1 4 3 "y',
    }),
    counts('has a domain in its user agent', '"curl/8.0"', '"x" "id" "evil.test" "10.0.0.5:80"', {
      domain: 'www.example.com',
      bytes: 10_240,
    }),
    counts('has a quote in its target', 'GET /a/b.jpg', 'GET /a"/b.jpg', { path: '/a"/b.jpg' }),
    counts('has a blank in its target', 'GET /a/b.jpg', 'GET /a /b.jpg', { path: '/a /b.jpg' }),
    counts('has no request', 'GET /a/b.jpg?v=2 HTTP/2', '- - -', { path: '', query: '' }),
    rejected('is none with a quote in its authority', '"www.example.com"', '"www."example.com"', 'fields'),
    rejected('is none with another line behind it', '"10.0.0.5:8080"', `"10.0.0.5:8080"${lineOf('envoy')}`, 'fields'),
    rejected('is none with its upstream twice', '"10.0.0.5:8080"', '"10.0.0.5:8080" "10.0.0.5:8080"', 'fields'),
    rejected('is none without its upstream', ' "10.0.0.5:8080"', '', 'fields'),
    rejected('is none without its authority', ' "www.example.com"', '', 'fields'),
    rejected(
      'is none with its last strings in another order',
      '"www.example.com" "10.0.0.5:8080"',
      '"10.0.0.5:8080" "www.example.com"',
      'fields',
    ),
  ]),
  haproxy: haproxyCases,
  ats_extended: changedExamples('ats_extended', { ...common, query: '', userAgent: '', durationMs: 0 }, [
    counts('may be without the four last fields', ' NONE FIN FIN TCP_HIT', '', { cache: 'unknown', bytes: 10_588 }),
    counts('is a miss', 'TCP_HIT', 'TCP_MISS', { cache: 'miss' }),
    counts('took its seconds', ' 0 NONE', ' 3 NONE', { durationMs: 3_000 }),
    rejected('has no bytes that would not fit', ' 10240 000', ' 18446744073709551615 000', 'bad_bytes'),
    rejected('has no domain without a URL', 'http://www.example.com', '', 'no_domain'),
    rejected('is none with a field too few', ' 348 0 0 0', ' 348 0 0', 'fields'),
  ]),
  cloudfront: changedExamples('cloudfront', { ...common, durationMs: 14 }, [
    counts('has no query for -', '\tv=2\t', '\t-\t', { query: '' }),
    counts('is decoded once', '/a/b.jpg', '/a%2520b%7C.jpg', { path: '/a%20b|.jpg' }),
    counts('has its user agent decoded', 'curl/8.0', 'Mozilla/5.0%20(X11)', { userAgent: 'Mozilla/5.0 (X11)' }),
    counts('has the distribution’s name without a host', 'www.example.com', '-', { domain: 'd111abc.cloudfront.net' }),
    ...['RefreshHit', 'OriginShieldHit'].map((word) =>
      counts(`is a hit: ${word}`, 'v=2\t-\tHit', `v=2\t-\t${word}`, { cache: 'hit' }),
    ),
    ...['Miss', 'Error', 'Redirect', 'LimitExceeded'].map((word) =>
      counts(`is none: ${word}`, 'v=2\t-\tHit', `v=2\t-\t${word}`, { cache: 'miss' }),
    ),
    counts('counts when the viewer was gone', '\t200\t', '\t000\t', { status: 0 }),
    rejected('has no time on day 32', '2026-09-01', '2026-09-32', 'bad_time'),
    rejected('has no bytes for -', '\t10588\t', '\t-\t', 'bad_bytes'),
    rejected('is none with a field too many', '\tGET\t', '\tGET\tx\t', 'fields'),
    rejected('is none with a host for its method', '\tGET\t', '\twww.example.com\t', 'fields'),
    rejected('is a header', '2026-09-01', '#Version: 1.0 2026-09-01', 'header'),
  ]),
  squid: changedExamples('squid', { ...common, query: '', userAgent: '', durationMs: 4 }, [
    counts('may have one blank', '      4', ' 4', { durationMs: 4 }),
    counts('is a hit in memory', 'TCP_HIT', 'TCP_MEM_HIT', { cache: 'hit' }),
    counts('is a miss', 'TCP_HIT', 'TCP_MISS', { cache: 'miss' }),
    counts('may be a tunnel', 'GET http://www.example.com/a/b.jpg', 'CONNECT www.example.com:443', {
      method: 'CONNECT',
      domain: 'www.example.com',
    }),
    rejected('has no time without milliseconds', '1788220801.123', '1788220801', 'bad_time'),
    rejected('has no status of letters', '/200', '/ok', 'bad_status'),
    rejected('is none when it is short', ' - NONE/- image/jpeg', '', 'fields'),
    rejected('is none with another line behind it', 'image/jpeg', `image/jpeg${lineOf('squid')}`, 'fields'),
    rejected('is none with a blank in its domain', 'www.example', 'www. example', 'fields'),
  ]),
  varnish: changedExamples('varnish', { ...common, query: '', bytes: 10_240, cache: 'unknown' }, [
    counts('has its domain from the URL, without a port', 'www.example.com', 'x.example.com:8080', {
      domain: 'x.example.com',
    }),
    counts('has no bytes for -', ' 10240 ', ' - ', { bytes: 0 }),
    rejected('has no domain without a URL', 'http://www.example.com', '', 'no_domain'),
    rejected('has no domain with a blank in it', 'www.example', 'www. example', 'no_domain'),
  ]),
  common_vhost: changedExamples('common_vhost', { ...common, userAgent: '', bytes: 10_240, cache: 'unknown' }, [
    counts('has no bytes for -', ' 10240', ' -', { bytes: 0 }),
    counts('counts with a broken request', '"GET /a/b.jpg?v=2 HTTP/1.1"', '"-"', { method: '', path: '' }),
    rejected('has no status for -', ' 200 ', ' - ', 'bad_status'),
    rejected('is none with more behind it', ' 10240', ' 10240 "-" "-"', 'fields'),
    rejected('has no time in a zone of letters', '+0000', '+CEST', 'bad_time'),
  ]),
}
