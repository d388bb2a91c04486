import type { LogFormat } from '../formats/line/log-format.ts'
import { apachePieces } from '../formats/own/apache-pattern.ts'
import { jsonMappingFormat, mappingOfTemplate } from '../formats/own/json-mapping.ts'
import { nginxPatternText, nginxPieces } from '../formats/own/nginx-pattern.ts'
import { patternFormat } from '../formats/own/pattern-format.ts'
import { common } from './example-cases.contract.ts'
import type { LineCase, RequestRow } from './line-case.contract.ts'

/** Users' formats, with lines that their servers would write. */
const meaning = { time: '', bytes: '', cache: '' }
const about = { name: 'own', title: '', meaning }
const nginx = (text: string) => patternFormat(about, nginxPieces(nginxPatternText(text), []))
const apache = (text: string) => patternFormat(about, apachePieces(text))

const row = (why: string, line: string, expected: Partial<RequestRow>): LineCase => ({ why, line, row: expected })
const none = (why: string, line: string, rejected = 'fields'): LineCase => ({ why, line, rejected })
const defaultDomain = 'www.example.com'

const main =
  `log_format main '$remote_addr - $remote_user [$time_local] "$request" '\n  '$status $body_bytes_sent "$http_referer" '\n` +
  `  '"$http_user_agent" "$http_x_forwarded_for" $request_time $upstream_cache_status';`
const mainLine = (change: [string, string] = ['', '']) =>
  '198.51.100.7 - - [01/Sep/2026:08:00:01 +0800] "GET /a/b.jpg?v=2 HTTP/1.1" 200 10588 "-" "curl/8.0" "-" 0.004 HIT'.replace(
    ...change,
  )

const pipes = '$msec|$host|$remote_addr|$status|$bytes_sent|$request_method|$uri$is_args$args|$http_user_agent'
const tabs =
  'log_format ltsv "t:$time_iso8601\\tc:$remote_addr\\tv:$host\\tr:$request\\ts:$status\\tb:$bytes_sent\\tu:$http_user_agent"; # "not" this'
const template =
  '{"at":"$time_iso8601","client":{"ip":"$remote_addr"},"vhost":"$host","line":"$request","code":$status,"sent":$bytes_sent,' +
  '"ua":"$http_user_agent","cache":"$upstream_cache_status"}'
const vhostIo = String.raw`%v:%p %h %l %u %t "%r" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %D`

type UserFormatCases = { about: string; format: LogFormat; cases: LineCase[] }

export const userFormatCases: UserFormatCases[] = [
  {
    about: 'an nginx log_format',
    format: nginx(main),
    cases: [
      row('counts as nginx writes it', mainLine(), { ...common, durationMs: 4 }),
      row('may end in CR', `${mainLine()}\r`, { ...common, durationMs: 4 }),
      row('has a user of two words', mainLine([' - - [', ' - John [x] Doe [']), { ...common, durationMs: 4 }),
      row('counts with a broken request', mainLine(['GET /a/b.jpg?v=2 HTTP/1.1', '\\x16\\x03']), {
        method: '',
        path: '',
      }),
      row('keeps nginx’s escapes', mainLine(['curl/8.0', 'a\\x22b']), { userAgent: 'a\\x22b' }),
      row('says nothing of the cache', mainLine([' HIT', ' -']), { cache: 'unknown' }),
      none('is none with a field too few', mainLine([' 0.004', ''])),
      none('is none with a quote too many', mainLine(['curl', 'cu"rl'])),
      none('has no time on day 32', mainLine(['01/Sep', '32/Sep']), 'bad_time'),
      none('has no status of letters', mainLine([' 200 ', ' ok ']), 'bad_status'),
    ].map((one) => ({ ...one, defaultDomain })),
  },
  {
    about: 'an nginx log_format of other signs',
    format: nginx(pipes),
    cases: [
      row('counts', '1788220801.004|www.example.com|198.51.100.7|200|10588|GET|/a/b.jpg?v=2|curl/8.0', {
        ...common,
        cache: 'unknown',
      }),
      row('ends at the end of the line', '1788220801.004|www.example.com|198.51.100.7|200|1|GET|/a|200|5|b', {
        status: 200,
        bytes: 1,
      }),
      none(
        'is none with another line behind it',
        '1788220801.004|www.example.com|198.51.100.7|200|1|GET|/a|x1788220801.004|b.test|198.51.100.7|200|1|GET|/a|x',
      ),
      none('is none with a field twice', '1788220801.004|www.example.com|198.51.100.7|200|200|10588|GET|/a|x'),
      none('is none with a host of other signs', '1788220801.004|victim.test|200|1|198.51.100.7|200|10588|GET|/a|x'),
      none('is none with a sign too few', '1788220801.004|www.example.com|198.51.100.7|200|1|GET'),
      none('has no bytes of letters', '1788220801.004|www.example.com|198.51.100.7|200|x|GET|/|y', 'bad_bytes'),
    ],
  },
  {
    about: 'an nginx log_format of tabs, pasted from a configuration',
    format: nginx(tabs),
    cases: [
      row(
        'counts',
        't:2026-09-01T00:00:01+00:00\tc:198.51.100.7\tv:www.example.com\tr:GET /a/b.jpg?v=2 HTTP/1.1\ts:200\tb:10588\tu:curl/8.0',
        { ...common, cache: 'unknown' },
      ),
    ],
  },
  {
    about: 'an nginx log_format with several upstream servers',
    format: nginx(
      '$host $remote_addr [$time_local] $request_method $uri $upstream_addr $upstream_status $status $bytes_sent $upstream_response_time $upstream_cache_status',
    ),
    cases: [
      ...(
        [
          ['one', '10.0.0.1:80', '200', '0.1', 'HIT'],
          ['two', '10.0.0.1:80, 10.0.0.2:80', '502, 200', '0.001, 0.099', 'MISS, HIT'],
          [
            'another group',
            '10.0.0.1:80 : unix:/tmp/s, 10.0.0.2:80',
            '502 : 504, 200',
            '- : 0.1, 0.2',
            'MISS : MISS, HIT',
          ],
          ['none', '-', '-', '-', 'HIT'],
        ] as const
      ).map(([what, addr, statuses, times, cache]) =>
        row(
          `counts with ${what}`,
          `www.example.com 198.51.100.7 [01/Sep/2026:08:00:01 +0800] GET /a ${addr} ${statuses} 200 10588 ${times} ${cache}`,
          { status: 200, bytes: 10_588, cache: 'hit', path: '/a' },
        ),
      ),
      row(
        'has its figures where the client put others into its path',
        'www.example.com 198.51.100.7 [01/Sep/2026:08:00:01 +0800] GET /a - - 200 5 - HIT 10.0.0.1:80 200 200 10588 0.1 HIT',
        { status: 200, bytes: 10_588, path: '/a - - 200 5 - HIT' },
      ),
    ],
  },
  {
    about: 'a JSON mapping of a date, a time, a duration with its unit, and words for a hit',
    format: jsonMappingFormat(
      { ...about, hits: ['near'] },
      {
        date: ['d'],
        time_of_day: ['t'],
        host: ['h'],
        target: ['u'],
        status: ['s'],
        bytes: ['b'],
        cache: ['c'],
        duration: ['took'],
        forwarded_for: ['xff'],
      },
    ),
    cases: [
      row(
        'counts',
        '{"d":"2026-09-01","t":"00:00:01.5","h":"www.example.com","u":"/a/b.jpg?v=2","s":"502, 200","b":10588,"c":"Near","took":"1.5s","xff":"10.0.0.1, 198.51.100.7"}',
        { ...common, method: '', userAgent: '', durationMs: 1_500 },
      ),
      row(
        'is a miss in another word',
        '{"d":"2026-09-01","t":"00:00:01+00:00","h":"a.test","u":"/","s":200,"b":1,"c":"hit","took":"300µs"}',
        {
          cache: 'miss',
          durationMs: 0,
        },
      ),
      none(
        'has no size of two figures',
        '{"d":"2026-09-01","t":"00:00:01","h":"a.test","u":"/","s":200,"b":"1, 2"}',
        'bad_bytes',
      ),
    ],
  },
  {
    about: 'an nginx log_format in JSON',
    format: jsonMappingFormat(about, mappingOfTemplate(template)),
    cases: [
      row(
        'counts',
        '{"at":"2026-09-01T08:00:01+08:00","client":{"ip":"198.51.100.7"},"vhost":"www.example.com","line":"GET /a/b.jpg?v=2 ' +
          'HTTP/2.0","code":200,"sent":10588,"ua":"curl/8.0","cache":"HIT"}',
        common,
      ),
      row(
        'counts with values that are bare and no numbers, and names in other orders',
        '{"code":200,"sent":10588,"ua":"\\":-,","cache":-,"extra":0.1, 0.2 : -,"at":"2026-09-01T08:00:01+08:00","client":' +
          '{"ip":198.51.100.7},"vhost":www.example.com,"line":"GET /a/b.jpg?v=2 HTTP/2.0"}',
        { ...common, userAgent: '":-,', cache: 'unknown' },
      ),
      none(
        'has no size in a list',
        '{"at":"2026-09-01T08:00:01+08:00","vhost":"www.example.com","code":200,"sent":1, 2}',
        'bad_bytes',
      ),
      none('is none without its time', '{"client":{"ip":"198.51.100.7"},"code":200,"sent":1}'),
    ],
  },
  {
    about: 'an Apache LogFormat',
    format: apache(vhostIo),
    cases: [
      row(
        'counts',
        'www.example.com:443 198.51.100.7 - - [01/Sep/2026:08:00:01 +0800] "GET /a/b.jpg?v=2 HTTP/1.1" 200 10588 "-" "curl/8.0" 4000',
        { ...common, cache: 'unknown', durationMs: 4 },
      ),
      row(
        'has escaped quotes',
        'www.example.com:443 198.51.100.7 - - [01/Sep/2026:08:00:01 +0800] "GET /\\"x HTTP/1.1" 200 - "-" "a \\"b\\" c" 0',
        { path: '/\\"x', userAgent: 'a \\"b\\" c', bytes: 0 },
      ),
      none(
        'is none without its end',
        'www.example.com:443 198.51.100.7 - - [01/Sep/2026:08:00:01 +0800] "GET / HTTP/1.1" 200 10588 "-"',
      ),
    ],
  },
  {
    about: 'a JSON mapping',
    format: jsonMappingFormat(about, {
      time: ['ts'],
      host: ['req.host', 'vhost'],
      client: ['req.`ip\\'],
      target: ['req.url'],
      status: ['res.code'],
      bytes: ['res.size'],
      cache: ['cache'],
      duration_ms: ['ms'],
      country: ['geo.cc'],
    }),
    cases: [
      row(
        'counts, with names of any letters, and the second path where the first is missing',
        '{"ts":1788220801000,"vhost":"www.example.com","req":{"`ip\\\\":"198.51.100.7","url":"/a/b.jpg?v=2"},"res":{"code":"200",' +
          '"size":10588},"cache":true,"ms":4.2,"geo":{"cc":"DE"}}',
        { ...common, method: '', userAgent: '', durationMs: 4, country: 'de' },
      ),
      row(
        'counts with names that have dots',
        '{"ts":1788220801000,"req.host":"www.example.com","req.`ip\\\\":"198.51.100.7","req.url":"/a/b.jpg?v=2","res.code":200,' +
          '"res.size":10588,"cache":true,"geo.cc":"de"}',
        { ...common, method: '', userAgent: '', country: 'de' },
      ),
      row(
        'counts with some names of either kind',
        '{"ts":1788220801000,"req":{"host":"www.example.com"},"req.url":"/a/b.jpg?v=2","res":{"code":200},"res.size":10588}',
        { domain: 'www.example.com', path: '/a/b.jpg', status: 200, bytes: 10588 },
      ),
      none('is none without a time', '{"vhost":"www.example.com","req":{"url":"/"},"res":{"code":200,"size":1}}'),
    ],
  },
]
