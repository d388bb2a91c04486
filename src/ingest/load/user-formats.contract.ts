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

const pipes = '$msec|$host|$remote_addr|$request_method|$uri$is_args$args|$status|$bytes_sent|$http_user_agent'
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
      row('counts', '1788220801.004|www.example.com|198.51.100.7|GET|/a/b.jpg?v=2|200|10588|curl/8.0', {
        ...common,
        cache: 'unknown',
      }),
      row('ends at the end of the line', '1788220801.004|www.example.com|198.51.100.7|GET|/|200|1|a|b', {
        userAgent: 'a|b',
        bytes: 1,
      }),
      none('is none with a sign too few', '1788220801.004|www.example.com|198.51.100.7|GET|/a|200'),
      none('has no bytes of letters', '1788220801.004|www.example.com|198.51.100.7|GET|/|200|x|y', 'bad_bytes'),
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
      none('is none without a time', '{"vhost":"www.example.com","req":{"url":"/"},"res":{"code":200,"size":1}}'),
    ],
  },
]
