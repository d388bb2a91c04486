import { logFormats } from '../formats/known-formats.ts'
import { formatByName } from '../formats/recognise.ts'
import { askedBy, changedExamples, common, counts, rejected } from './example-cases.contract.ts'
import { domainCases, type LineCase } from './line-case.contract.ts'

const noCache = { ...common, cache: 'unknown' } as const
const stated = 'stated.test'

const lineOf = (name: string) => formatByName(logFormats, name)?.example ?? ''

/** Text formats of load balancers, object stores and further CDNs. */
export const cdnCases: Record<string, LineCase[]> = {
  aws_alb: [
    ...changedExamples('aws_alb', { ...noCache, durationMs: 4 }, [
      counts('has its domain from the URL without a name of the handshake', '"www.example.com" "sess', '"-" "sess', {
        domain: 'www.example.com',
      }),
      counts(
        'belongs to the name of the handshake, whatever host is asked for',
        '//www.example.com:',
        '//victim.test:',
        {
          domain: 'www.example.com',
        },
      ),
      counts(
        'belongs to no host beside a name whose parent could be a registry',
        '//www.example.com:',
        '//static.example.com:',
        {
          domain: 'www.example.com',
        },
      ),
      counts('belongs to the domain above the name of the handshake', '//www.example.com:', '//Example.com:', {
        domain: 'example.com',
      }),
      counts('belongs to a host below the name of the handshake', '//www.example.com:', '//a.www.example.com:', {
        domain: 'a.www.example.com',
      }),
      counts('belongs to no host of the same top-level domain', '"www.example.com" "sess', '"shop.com" "sess', {
        domain: 'shop.com',
      }),
      counts('has the name of the handshake from behind a quote in its user agent', '"curl/8.0"', '"cu"rl"', {
        domain: 'www.example.com',
        bytes: 10_588,
      }),
      counts('has a path without quotes that it has not', '/a/b.jpg?v=2', '/"a', { bytes: 10_588, path: '' }),
      rejected(
        'is none with a second name of the handshake in its user agent',
        '"curl/8.0"',
        '"x" - - - "Root=1" "victim.test" "-" 1 "',
        'fields',
      ),
      counts(
        'may be of 2017, without domain and certificate',
        ' "www.example.com" "session-reused" 1 2026-09-01T00:00:01.119000Z "forward" "-" "-" "10.0.0.5:80" "200" "-" "-" TID_1a2b',
        '',
        {
          domain: 'www.example.com',
        },
      ),
      counts('may have more fields at its end', ' TID_1a2b', ' TID_1a2b "h" "/u" "ok"', { bytes: 10_588 }),
      counts('took no time where the balancer answered itself', '10.0.0.5:80 0.001 0.002 0.001', '- -1 -1 -1', {
        durationMs: 0,
      }),
      counts('counts when the client was gone', ' 200 200 312 10588 ', ' - - 312 0 ', { status: 0, bytes: 0 }),
      counts(
        'counts with a request that the balancer could not read',
        'GET https://www.example.com:443/a/b.jpg?v=2 HTTP/2.0',
        '- http://www.example.com:80- ',
        { method: '', path: '', domain: 'www.example.com' },
      ),
      counts('counts with blanks in its URL', '/a/b.jpg?v=2', '/a b?v=2', { path: '/a b', query: 'v=2' }),
      counts('counts as a web socket', 'h2 2026', 'wss 2026', { bytes: 10_588 }),
      rejected('has no bytes for -', ' 312 10588 ', ' 312 - ', 'bad_bytes'),
      rejected('has no time on day 32', 'h2 2026-09-01', 'h2 2026-09-32', 'bad_time'),
      rejected('is none of a network load balancer', 'h2 2026', 'tls 2.0 2026', 'fields'),
    ]),
  ],
  aws_elb: [
    ...changedExamples('aws_elb', { ...noCache, durationMs: 1 }, [
      counts('has its domain without a port', 'www.example.com:443', 'x.example.com:8443', { domain: 'x.example.com' }),
      counts('counts when the client was gone', ' 200 200 0 10588 ', ' - - 0 0 ', { status: 0, bytes: 0 }),
      rejected(
        'is none of a TCP listener',
        ' 200 200 0 10588 "GET https://www.example.com:443/a/b.jpg?v=2 HTTP/1.1"',
        ' - - 82 305 "- - - "',
        'fields',
      ),
      counts('may be of 2014, without user agent and cipher', ' "curl/8.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2', '', {
        bytes: 10_588,
        userAgent: '',
      }),
      counts('has a quote in its user agent', '"curl/8.0"', '"cu"rl"', { bytes: 10_588, domain: 'www.example.com' }),
      rejected('is none cut in its user agent', 'curl/8.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2', 'cur', 'fields'),
      rejected('is none with its sizes twice', ' 0 10588 "', ' 0 10588 0 10588 "', 'fields'),
      rejected('has no domain with a quote in it', 'www.example.com', 'www.exa"mple.com', 'no_domain'),
      rejected('is none with another line behind it', ' TLSv1.2', ` TLSv1.2${lineOf('aws_elb')}`, 'fields'),
      rejected('is none with a field too few', ' 0.000073', '', 'fields'),
      rejected('has no time without its T', '2026-09-01T', '2026-09-01 ', 'fields'),
    ]),
  ],
  aws_s3: [
    ...changedExamples('aws_s3', { ...noCache, durationMs: 14 }, [
      counts('has no bytes for -', ' 10588 10588 ', ' - 10588 ', { bytes: 0 }),
      counts('counts with - for its status', ' 200 - ', ' - - ', { status: 0 }),
      counts('counts with an error', ' 200 - ', ' 404 NoSuchKey ', { status: 404 }),
      counts('has no client for -', ' 198.51.100.7 ', ' - ', { clientIp: '::' }),
      counts('counts with the requester’s name', ' 198.51.100.7 - ', ' 198.51.100.7 arn:aws:sts::1:assumed-role/a/b ', {
        bytes: 10_588,
      }),
      counts(
        'may be short, as of 2006',
        ' - s9lzHYrFp76ZVxRcpX9= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader www.example.com.s3.amazonaws.com TLSv1.2 - -',
        ' -',
        {
          bytes: 10_588,
        },
      ),
      counts('has a quote in its user agent', '"curl/8.0"', '"cu"rl"', { userAgent: 'cu"rl', bytes: 10_588 }),
      counts('has a quote in its referrer', '"-" "curl', '"a"b" "curl', { referrer: 'a"b', bytes: 10_588 }),
      rejected('is none with figures in its user agent', '"curl/8.0"', '"x" 200 - 7 7 7 7 "-" "y"', 'fields'),
      rejected(
        'is none with its bucket for its owner',
        '79a59df900b949e55d96a1e698fbaced www.example.com',
        'www.example.com 79a59df900b949e55d96a1e698fbaced',
        'fields',
      ),
      rejected('is none with a number for its error', ' 200 - 10588', ' 200 404 10588', 'fields'),
      rejected('is none with one size', ' 200 - 10588 10588', ' 200 - 10588', 'fields'),
      rejected('is none cut with another line behind it', '"-" "curl', `"-" "cu${lineOf('aws_s3')}`, 'fields'),
      ...askedBy(
        'edge',
        '- 3E57427F3EXAMPLE REST.GET.OBJECT a/b.jpg "GET /a/b.jpg?v=2 HTTP/1.1" 200 - 10588 10588',
        'AmazonS3 366DB3C4 S3.EXPIRE.OBJECT a/b.jpg "-" - - - 10588',
      ),
      ...askedBy(
        'edge',
        'REST.GET.OBJECT a/b.jpg "GET /a/b.jpg?v=2 HTTP/1.1" 200 - 10588 10588 14 12 "-" "curl/8.0"',
        'BATCH.DELETE.OBJECT a/b.jpg - 204 - - 10588 - - - -',
      ),
      rejected('has no time on day 32', '[01/Sep', '[32/Sep', 'bad_time'),
      rejected('has no time in a zone of letters', '+0000', '+CEST', 'bad_time'),
      rejected('has no status of letters', ' 200 - ', ' ok - ', 'bad_status'),
    ]),
  ],
  bunny: changedExamples('bunny', { ...common, method: '', country: 'de' }, [
    counts('is a miss', 'HIT|', 'MISS|', { cache: 'miss' }),
    counts('is a hit: STALE', 'HIT|', 'STALE|', { cache: 'hit' }),
    counts('says nothing of the cache', 'HIT|', '-|', { cache: 'unknown' }),
    counts('has an anonymous client', '198.51.100.7', '::', { clientIp: '::' }),
    counts('has bars in its user agent', '|curl/8.0|', '|a|b|c|', { userAgent: 'a|b|c' }),
    counts('has bars in its referrer', '|-|https', '|https://x.test/a|b|https', {
      referrer: 'https://x.test/a|b',
      domain: 'www.example.com',
    }),
    counts('has a bar in its URL', '/a/b.jpg', '/a|b.jpg', { path: '/a|b.jpg', domain: 'www.example.com' }),
    counts('has a second URL in its user agent', '|curl/8.0|', '|x|https://victim.test/|', {
      domain: 'www.example.com',
      userAgent: 'x|https://victim.test/',
    }),
    counts('has its own host twice', '|-|https', '|a|https://www.example.com/z|DE|https', {
      domain: 'www.example.com',
    }),
    rejected('is none with two URLs with an edge each', '|curl/8.0|', '|x|https://victim.test/|DE|y|', 'fields'),
    rejected('is none with another’s URL in its referrer', '|-|https', '|x|https://victim.test/|DE|https', 'fields'),
    rejected('is none with a field too few', '|DE|curl', '|curl', 'fields'),
    rejected('is none with its zone twice', '|1234567|', '|1234567|1234567|', 'fields'),
    rejected('is none cut with another line behind it', '|-|https', `|-|ht${lineOf('bunny')}`, 'fields'),
    rejected('is none with another line behind it', '262|DE', `262|DE${lineOf('bunny')}`, 'fields'),
    rejected('has no time in seconds', '1788220801123', '1788220801', 'bad_time'),
    rejected('has no domain without a URL', 'https://www.example.com', '', 'no_domain'),
    rejected('has no bytes for -', '|10588|', '|-|', 'bad_bytes'),
    rejected('has no status of letters', '|200|', '|ok|', 'bad_status'),
  ]),
  keycdn: [
    ...changedExamples('keycdn', { ...common, country: 'de' }, [
      counts('is a miss', '|HIT|', '|MISS|', { cache: 'miss' }),
      counts('says nothing of the cache', '|HIT|', '|-|', { cache: 'unknown' }),
      counts('may be of before 2022', '|https|TLSv1.3|DE|HE|', '|https|DE|Germany|Frankfurt|HE|50.1|8.6|', {
        country: 'de',
        userAgent: 'curl/8.0',
      }),
      counts('may be without its last field', '|"AS64496 Example"|-', '|"AS64496 Example"', { bytes: 10_588 }),
      counts('has its figures with bars in its user agent', '"curl/8.0"', '"a|b|US"', {
        bytes: 10_588,
        country: '',
        userAgent: 'a|b|US',
      }),
      counts('has its figures with a quote in its request', '/a/b.jpg?v=2', '/a"b', { bytes: 10_588, status: 200 }),
      counts('counts with a broken request', '"GET /a/b.jpg?v=2 HTTP/1.1"', '"-"', { method: '', path: '' }),
      rejected('is none with another line behind it', '"|-', `"|-${lineOf('keycdn')}`, 'fields'),
      rejected('is none without its host', '|www.example.com|', '|', 'fields'),
      rejected('is none without its zone', '|zid4321|', '|', 'fields'),
      rejected('has no time of letters', '1788220801.123', 'now', 'bad_time'),
      rejected('has no bytes for -', '|10588|', '|-|', 'bad_bytes'),
      rejected('has no status of letters', '|200|', '|ok|', 'bad_status'),
    ]),
    ...domainCases((domain) =>
      '1788220801.123|defr|198.51.100.7|200|1|uid1|zid4|DOMAIN|HIT|"GET / HTTP/1.1"|[01/Sep/2026:02:00:01 +0200]|"-"|"-"|https|-|DE|HE|"-"|-'.replace(
        'DOMAIN',
        domain,
      ),
    ),
  ],
  upyun: changedExamples('upyun', { ...common, bytes: 10_240, durationMs: 14 }, [
    counts('is a miss', ' Hit ', ' Miss ', { cache: 'miss' }),
    counts('says nothing of the cache', ' Hit ', ' - ', { cache: 'unknown' }),
    counts('has its domain from the URL, without a port', 'www.example.com', 'x.example.com:8080', {
      domain: 'x.example.com',
    }),
    counts('has spaces in its user', ' - - [', ' - John [x] Doe [', { bytes: 10_240 }),
    counts('has a quote in its user agent', '"curl/8.0"', '"cu"rl"', { userAgent: 'cu"rl', bytes: 10_240 }),
    counts('keeps nginx’s escapes', 'curl/8.0', 'a\\x22b', { userAgent: 'a\\x22b' }),
    rejected('is none with figures in its user agent', '"curl/8.0"', '"x HTTP/1.1" 200 7 "y"', 'fields'),
    rejected('is none with another line behind it', ' 203.0.113.9', ` 203.0.113.9${lineOf('upyun')}`, 'fields'),
    rejected('is none cut with another line behind it', '"curl', `"cu${lineOf('upyun')}`, 'fields'),
    rejected('is none with its status twice', ' 200 10240 ', ' 200 200 10240 ', 'fields'),
    rejected('has a bad domain with a quote in it', 'www.example.com', 'www.exa"mple.com', 'bad_domain'),
    rejected('has no bytes for -', ' 10240 ', ' - ', 'bad_bytes'),
    rejected('has no domain without a URL', 'http://www.example.com', '', 'no_domain'),
    rejected('has no time on day 32', '[01/Sep', '[32/Sep', 'bad_time'),
    rejected('has no status of letters', ' 200 ', ' ok ', 'bad_status'),
    rejected('is none without its end', ' "C/200" Static "max-age=900" 0.014 203.0.113.9', '', 'fields'),
  ]),
  baidu_offline: [
    ...changedExamples('baidu_offline', { ...common, durationMs: 35 }, [
      counts('may be of the CDN abroad', '198.51.100.7 0 - www', '198.51.100.7 - www', { domain: 'www.example.com' }),
      counts('is a miss', ' HIT ', ' MISS ', { cache: 'miss' }),
      counts('has a quote in its user agent', '"curl/8.0"', '"cu"rl"', { bytes: 10_588 }),
      counts('counts with a broken request', '"GET /a/b.jpg?v=2 HTTP/1.1"', '"-"', { method: '', path: '' }),
      rejected('is none with figures in its user agent', '"curl/8.0"', '"x" 200 7 7 "y"', 'fields'),
      rejected('is none with one size', ' 10588 10240 ', ' 10588 ', 'fields'),
      rejected('is none with a blank in its domain', 'www.example', 'www. example', 'fields'),
      rejected('is none cut with another line behind it', '" 200 10588', `" 20${lineOf('baidu_offline')}`, 'fields'),
      rejected('has no bytes for -', ' 10588 ', ' - ', 'bad_bytes'),
      rejected('has no time on day 32', '[01/Sep', '[32/Sep', 'bad_time'),
      rejected('has no status of letters', ' 200 ', ' ok ', 'bad_status'),
    ]),
    ...domainCases(
      (domain) =>
        `198.51.100.7 0 - ${domain} [01/Sep/2026:08:00:01 +0800] 35 "GET / HTTP/1.1" 200 1 1 "-" "-" "-" "-" 6f HIT 203.0.113.9`,
    ).filter(({ why }) => !why.includes('with a space')),
  ],
}

/** A client that writes a URL into its referrer does not keep its request off the bill where the delivery states a domain. */
cdnCases['bunny']?.push({
  why: 'belongs to the delivery’s domain with two URLs',
  line: lineOf('bunny').replace('|-|https', '|x|https://victim.test/|DE|https'),
  defaultDomain: stated,
  row: { domain: stated, bytes: 10_588, status: 200 },
})

/** Where the delivery states a domain, it holds against what a client chose and against a bucket's name. */
for (const [name, domain] of [
  ['aws_alb', 'www.example.com'],
  ['aws_elb', stated],
  ['aws_s3', stated],
] as const) {
  const [first] = cdnCases[name] ?? []
  if (first)
    cdnCases[name]?.push({
      ...first,
      why: 'has the domain of the edge, else the stated one',
      defaultDomain: stated,
      row: { domain },
    } as LineCase)
}
