import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'
import { inOrder } from '../line/line-pattern.ts'
import { localTimeSql } from '../line/local-time.ts'
import type { LogFormat } from '../line/log-format.ts'

/** HAProxy's `option httplog`. It names a domain if the configuration captures the Host header, or the URL has one. */
export const haproxy: LogFormat = {
  name: 'haproxy',
  title: 'HAProxy HTTP log',
  namesDomain: true,
  example:
    '198.51.100.7:50123 [01/Sep/2026:08:00:01.655] fe_https~ be_web/srv1 10/0/30/69/109 200 10588 - - ---- 1/1/1/1/0 0/0 ' +
    '{www.example.com|curl/8.0} {} "GET /a/b.jpg?v=2 HTTP/1.1"',
  recognises: inOrder(
    /\S:\d+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8}\.\d{3}\] \S+ \S[^\s/]*\/\S+ [-\d+]+\/[-\d+]+\/[-\d+]+\/[-\d+]+\/[-\d+]+ -?\d+ \+?\d+ \S+ \S+ \S{4} [\d/+]+ \d+\/\d+ /,
    /"/,
  ),
  meaning: {
    time: 'when the request was accepted; of the zone that the delivery names (`--log-zone`), else the server’s',
    bytes: 'sent to the client, with headers; with `option logasap` only those so far',
    cache: 'not logged',
  },
  projection: fillSlots(sqlFile(import.meta.url, './haproxy.sql'), { time: localTimeSql('clock_seconds') }),
}
