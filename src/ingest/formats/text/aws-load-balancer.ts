import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'
import type { LogFormat } from '../line/log-format.ts'

const projection = sqlFile(import.meta.url, './aws-load-balancer.sql')
const beforeRequest = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z? \S+ (?:\S+:\d+|-) (?:\S+:\d+|-) [-\d.]+ [-\d.]+ [-\d.]+ (?:\d+|-) (?:\d+|-) \d+ \d+ "`

/**
 * The fields behind the request, which a cut line lacks. Where a client could put quotes into its user agent, it might be
 * found twice. Such lines are none.
 */
const ends = {
  // Cipher, protocol, target group, trace, the name of the TLS handshake, certificate, rule. Lines of 2017 end with the trace.
  alb: String.raw`extractAllGroupsVertical(line, '" [^" ]+ [^" ]+ (?:-|arn:[^" ]+) "[^"]*"(?: "([^" ]*)" "(?:-|session-reused|arn:[^"]*)" (?:-|\\d+) |\\r?$)')`,
  // Cipher and protocol; lines of 2014 end with the request.
  elb: String.raw`extractAllGroupsVertical(line, '^[^"]*".*"()(?: [^" ]+ [^" ]+)?\\r?$')`,
}

/** AWS Application Load Balancer. Fields were added at its end over the years; older lines have fewer. */
export const awsAlb: LogFormat = {
  name: 'aws_alb',
  title: 'AWS Application Load Balancer access log',
  namesDomain: true,
  example:
    'h2 2026-09-01T00:00:01.123456Z app/my-balancer/50dc6c495c0c9188 198.51.100.7:50123 10.0.0.5:80 0.001 0.002 0.001 200 200 ' +
    '312 10588 "GET https://www.example.com:443/a/b.jpg?v=2 HTTP/2.0" "curl/8.0" TLS_AES_128_GCM_SHA256 TLSv1.3 ' +
    'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/73e2d6bc24d8a067 "Root=1-66d3aa01-36d228ad" ' +
    '"www.example.com" "session-reused" 1 2026-09-01T00:00:01.119000Z "forward" "-" "-" "10.0.0.5:80" "200" "-" "-" TID_1a2b',
  recognises: new RegExp(`^(?:https?|h2|grpcs?|wss?) ${beforeRequest}`),
  meaning: {
    time: 'when the balancer had answered, in UTC',
    bytes: '`sent_bytes`, with headers',
    cache: 'not logged',
  },
  projection: fillSlots(projection, {
    words: `arraySlice(splitByChar(' ', parts[1]), 2)`,
    names: ends.alb,
  }),
}

/** AWS Classic Load Balancer. Lines of TCP listeners have no request, and are none. */
export const awsElb: LogFormat = {
  name: 'aws_elb',
  title: 'AWS Classic Load Balancer access log',
  namesDomain: true,
  example:
    '2026-09-01T00:00:01.123456Z my-balancer 198.51.100.7:50123 10.0.0.5:80 0.000073 0.001048 0.000057 200 200 0 10588 ' +
    '"GET https://www.example.com:443/a/b.jpg?v=2 HTTP/1.1" "curl/8.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2',
  recognises: new RegExp(`^${beforeRequest}`),
  meaning: {
    time: 'when the balancer had the request from the client, in UTC',
    bytes: '`sent_bytes`, the body’s',
    cache: 'not logged',
  },
  projection: fillSlots(projection, { words: `splitByChar(' ', parts[1])`, names: ends.elb }),
}
