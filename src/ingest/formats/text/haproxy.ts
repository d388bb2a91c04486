import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'
import { inOrder } from '../line/line-pattern.ts'
import { localTimeSql } from '../line/local-time.ts'
import type { LogFormat } from '../line/log-format.ts'
import { type LocalRequest, repeatedHours } from '../line/repeated-hours.ts'

const timedLine =
  /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}:\d\d:\d\d:\d\d)\.(\d{3})\] \S+ \S+ [-\d]+\/[-\d]+\/[-\d]+\/[-\d]+\/\+?(\d+) /

/** When a request was accepted, and how much later its line was written. */
function localRequest(line: string): LocalRequest | null {
  const [, day, month, time, ms, taken] = timedLine.exec(line) ?? []
  const seconds = Date.parse(`${day} ${month} ${time?.replace(':', ' ')} GMT`) / 1000
  return Number.isNaN(seconds) ? null : { clock: seconds + Number(ms) / 1000, duration: Number(taken) / 1000 }
}

/** The log's local times may be those of an hour that the clocks showed twice. */
function survey({ logZone, head }: { logZone: string; head: Buffer }) {
  const lines = head.toString('latin1').split('\n')
  // Most logs begin with a request: the others' lines are not read.
  const readable = lines.find((line) => localRequest(line) !== null)
  const first = readable === undefined ? null : localRequest(readable)
  return first ? repeatedHours(logZone, first.clock, localRequest) : null
}

/**
 * HAProxy's `option httplog`. Clients choose the captured values, and a user agent may look like a host: so the
 * place of the host is never guessed from the lines. It is the first one, where somebody states the format.
 */
export const haproxy: LogFormat = {
  name: 'haproxy',
  title: 'HAProxy HTTP log',
  namesDomain: true,
  domainStated: 'State the domain; or state --format haproxy, if the first header that requests capture is Host',
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
  survey,
  projection: fillSlots(sqlFile(import.meta.url, './haproxy.sql'), { time: localTimeSql('clock_seconds') }),
}
