import { changedExamples, common, counts, rejected } from './example-cases.contract.ts'
import { commonCases, domainCases, type LineCase } from './line-case.contract.ts'

const whole = { ...common, cache: 'unknown', userAgent: 'Mozilla/5.0 (X11)', durationMs: 14 } as const

const line = ({ host = 'www.example.test', status = '200', bytes = '10240' } = {}) =>
  `2026-09-01 00:00:01 10.0.0.5 GET /a v=2 443 - 198.51.100.7 curl/8.0 - ${host} ${status} 0 0 ${bytes} 312 14`

/** A W3C extended log in the columns of its example. */
export const w3cCases: Record<string, LineCase[]> = {
  w3c: [
    ...changedExamples('w3c', whole, [
      counts('has a time with a fraction', '00:00:01 ', '00:00:01.123 ', whole),
      counts(
        'may have several blanks between its fields',
        '2026-09-01 00:00:01 10.0.0.5 ',
        '2026-09-01   00:00:01  10.0.0.5    ',
        whole,
      ),
      counts('has no query for -', ' v=2 ', ' - ', { query: '' }),
      counts('has no client for -', ' 198.51.100.7 ', ' - ', { clientIp: '::' }),
      counts('has an IPv6 client', ' 198.51.100.7 ', ' 2001:db8::7 ', { clientIp: '2001:db8::7' }),
      counts('has quotes in its user agent', ' Mozilla/5.0+(X11) ', ' a+"b"+c ', { userAgent: 'a "b" c' }),
      counts('has a quote first in its user agent', ' Mozilla/5.0+(X11) ', ' "a ', { userAgent: '"a', bytes: 10_588 }),
      counts('has strings in quotes', ' Mozilla/5.0+(X11) - ', ' "a ""b"" 200 7" "https://x.test/" ', {
        userAgent: 'a "b" 200 7',
        referrer: 'https://x.test/',
        bytes: 10_588,
      }),
      counts('has a plus sign in quotes', ' Mozilla/5.0+(X11) ', ' "a + b" ', { userAgent: 'a + b' }),
      counts('took its seconds with a fraction', ' 312 14', ' 312 0.014', { durationMs: 14 }),
      counts('sent what the server sent, not what it received', ' 10588 312 ', ' 312 10588 ', { bytes: 312 }),
      rejected('has no time on day 32', '2026-09-01', '2026-09-32', 'bad_time'),
      rejected('has no time without its seconds', '00:00:01', '00:00', 'bad_time'),
      rejected('has no bytes for -', ' 10588 ', ' - ', 'bad_bytes'),
      rejected('has no status of letters', ' 200 ', ' ok ', 'bad_status'),
      rejected('is none with a field too few', ' 312 14', ' 312', 'fields'),
      rejected('is none with a field too many', ' 312 14', ' 312 14 1', 'fields'),
      rejected('is none with a blank in its user agent', 'Mozilla/5.0+', 'Mozilla/5.0 ', 'fields'),
      rejected('is a header', '2026-09-01', '#Date: 2026-09-01', 'header'),
    ]),
    {
      why: 'has its fields between tabs',
      line: line().replaceAll(' ', '\t'),
      row: { domain: 'www.example.test', bytes: 10_240, userAgent: 'curl/8.0' },
    },
    ...commonCases(line).filter(({ why }) => !/ time | zone|too old|future|clock|leap|start of 2000/.test(`${why} `)),
    ...domainCases((host) => line({ host })),
  ],
}
