import { clfTimeSql, fieldProjection, orEmptySql } from '../line/field-format.ts'
import { inOrder } from '../line/line-pattern.ts'
import type { LogFormat } from '../line/log-format.ts'

/**
 * `client - user [time] "METHOD target PROTOCOL" status bytes "referrer" "user agent" number "router" "server" Nms`. It
 * escapes no quotes: the figures stand before what a client sends, apart from the target, which has no blank.
 */
const pattern =
  '^([^ "]+) - (?:[^"]*?) \\\\[([^\\\\[\\\\]"]*)\\\\] "([^ "]+) ([^"]*|[^ ]*) [^ "]+" ([^ "]+) ([^ "]+) "(.*)" "(.*)" (?:\\\\d+|-) "[^"]*" "[^"]*" (\\\\d+)ms\\\\s*$'

/** A lost line end joins two requests: their figures stand in two places. */
const isOneLine = `countMatches(line, '\\\\[\\\\d\\\\d/\\\\w{3}/\\\\d{4}:[\\\\d:]{8} [+-]\\\\d{4}\\\\] "[^"]*" (?:\\\\d+|-) (?:\\\\d+|-) "') <= 1`

/** Traefik's access log, the default form. The router's name is no domain. */
export const traefik: LogFormat = {
  name: 'traefik',
  title: 'Traefik access log',
  namesDomain: false,
  example:
    '198.51.100.7 - - [01/Sep/2026:00:00:01 +0000] "GET /a/b.jpg?v=2 HTTP/2.0" 200 10240 "-" "curl/8.0" 500 "web@docker" ' +
    '"http://10.0.0.5:80" 4ms',
  recognises: inOrder(
    /^\S+ - \S+ \[\d{2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] "/,
    /" (?:\d+|-) (?:\d+|-) "/,
    /" (?:\d+|-) "[^"]*" "[^"]*" \d+ms$/,
  ),
  meaning: {
    time: 'when the request came',
    bytes: 'the body’s',
    cache: 'not logged',
  },
  projection: fieldProjection(
    { fields: `extractGroups(line, '${pattern}')`, is_line: `notEmpty(f) AND ${isOneLine}` },
    {
      time: clfTimeSql('f[2]'),
      host: `''`,
      client_ip: 'f[1]',
      target: 'f[4]',
      referrer: 'f[7]',
      user_agent: 'f[8]',
      method: orEmptySql('f[3]'),
      // Traefik writes the origin's status, and - where none answered.
      status: `if(f[5] = '-', '0', f[5])`,
      bytes: `if(f[6] = '-', '0', f[6])`,
      duration_ms: 'toUInt32OrZero(f[9])',
    },
  ),
}
