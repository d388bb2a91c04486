import { clfTimeSql, fieldProjection, secondsToMsSql } from '../line/field-format.ts'
import { inOrder } from '../line/line-pattern.ts'
import type { LogFormat } from '../line/log-format.ts'

/**
 * Combined, then `length duration [upstream name] [alternative] upstreams lengths durations states request-id`, where
 * each of the upstreams' parts may be a list. nginx escapes every quote.
 */
const pattern =
  '^([^ "]+) - [^"]*\\\\[([^\\\\]"]*)\\\\] "([^"]*)" ([^ "]+) ([^ "]+) "([^"]*)" "([^"]*)" [^ "]+ ([^ "]+) \\\\[[^\\\\]"]*\\\\] \\\\[[^\\\\]"]*\\\\] [^"]*$'
const request = `extractGroups(f[3], '^([^ ]+) (.*) HTTP/[0-9.]+$')`

/** The access log of the nginx ingress controller of Kubernetes. The upstream's name is no domain. */
export const nginxIngress: LogFormat = {
  name: 'nginx_ingress',
  title: 'nginx ingress controller access log',
  namesDomain: false,
  example:
    '198.51.100.7 - - [01/Sep/2026:08:00:01 +0800] "GET /a/b.jpg?v=2 HTTP/2.0" 200 10240 "-" "curl/8.0" 310 0.004 ' +
    '[default-web-80] [] 10.0.0.5:8080 10240 0.003 200 3db73c6c673c4256ade033a6ce08c2ab',
  recognises: inOrder(
    /^\S+ - \S+ \[\d{2}\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] "/,
    /" (?:\d+|-) (?:\d+|-) "/,
    /" \d+ [\d.]+ \[[^\]"]*\] \[[^\]"]*\] \S/,
  ),
  meaning: {
    time: 'when the answer had ended',
    bytes: 'the body’s',
    cache: 'not logged',
  },
  projection: fieldProjection(
    { fields: `extractGroups(line, '${pattern}')`, is_line: 'notEmpty(f)' },
    {
      time: clfTimeSql('f[2]'),
      host: `''`,
      client_ip: 'f[1]',
      target: `${request}[2]`,
      referrer: 'f[6]',
      user_agent: 'f[7]',
      method: `${request}[1]`,
      status: 'f[4]',
      bytes: `if(f[5] = '-', '0', f[5])`,
      duration_ms: secondsToMsSql('f[8]'),
    },
  ),
}
