import { dayStartMs } from '../statistics/time-range.ts'
import type { ExplainAnswer, ExplainedLine } from '../usage/explain/explain-schema.ts'
import { askedAccount } from './asked-account.ts'
import { timeMsOf } from './asked-time.ts'
import type { Client } from './client.ts'
import { grouped } from './progress-bar.ts'
import { table } from './table.ts'
import { type TableTimes, timesOf } from './table-times.ts'
import { print, printJson, say } from './terminal.ts'

type ExplainFlags = {
  account?: string
  metric?: string
  interval?: string
  timeZone?: string
  serviceArea?: string
  country?: string
  province?: string
  isp?: string
  ipVersion?: string
  statusClass?: string
  status?: string
  hit?: string
  dataVersion?: string
  limit?: string
  json?: boolean
}

/** Prints a figure, the loads that make it up, and its first lines. */
export async function explain(
  client: Client,
  { domain, time }: { domain: string; time: string },
  flags: ExplainFlags,
): Promise<void> {
  const times = await timesOf(client, flags)
  const found = await client.get<ExplainAnswer>('/api/v1/explain', {
    account: await askedAccount(client, flags.account),
    domain_name: domain,
    time: dayStartMs(time, times.zone) ?? timeMsOf('TIME', time),
    time_zone: times.zone,
    metric: flags.metric,
    interval: flags.interval,
    service_area: flags.serviceArea,
    country: flags.country,
    province: flags.province,
    isp: flags.isp,
    ip_version: flags.ipVersion,
    status_class: flags.statusClass,
    status: flags.status,
    hit: flags.hit,
    data_version: flags.dataVersion,
    limit: flags.limit,
  })
  if (flags.json) return printJson(found)
  const cell = Object.entries(found.cell).map(([name, value]) => ` ${name} ${value}`)
  const value = found.value === null ? 'not known' : grouped(found.value)
  say`${found.metric} of ${found.domain_name}${cell.join()} from ${times.text(found.start_time)} to ${times.text(found.end_time)} ${times.zone}: ${value}`
  if (found.point_time !== null)
    say`the highest 5 minutes begin at ${times.text(found.point_time)}; the rest is about them`
  print(`\n${loadTable(found, times)}`)
  if (found.other_loads.loads > 0)
    say`and ${grouped(found.other_loads.loads)} more loads with ${grouped(found.other_loads.value ?? 0)} together`
  printLines(found, times)
}

function loadTable({ loads, measure }: ExplainAnswer, times: TableTimes): string {
  const rows = loads.map((one) => [
    one.batch_id,
    one.name ?? 'a batch of another account',
    one.source,
    times.text(one.load_time),
    one.is_counting ? 'counts' : 'replaced since',
    one.value,
    one.lines,
  ])
  return table(['batch', 'name', 'source', `loaded (${times.zone})`, 'state', measure, 'lines'], rows)
}

function printLines({ lines, lines_total: total, lines_missing: missing }: ExplainAnswer, times: TableTimes): void {
  if (missing !== null) {
    say`\n${grouped(total)} lines, of which none can be shown: ${missing}`
    return
  }
  const header = [
    `time (${times.zone})`,
    'batch',
    'client',
    'request',
    'status',
    'bytes',
    'cache',
    'referrer',
    'user agent',
  ]
  print(
    `\n${table(
      header,
      lines.map((line) => lineCells(line, times)),
    )}`,
  )
  say`${grouped(lines.length)} of ${grouped(total)} lines, as Fluxport understood them: it keeps no delivered bytes`
}

const lineCells = (line: ExplainedLine, times: TableTimes) => [
  times.text(line.time),
  line.batch_id,
  line.client,
  `${line.method} ${line.path}${line.query === '' ? '' : `?${line.query}`}`,
  line.status,
  line.bytes,
  line.cache,
  line.referrer || '-',
  line.user_agent || '-',
]
