import type { CoverageAnswer } from '../coverage/coverage-routes.ts'
import { dayStartMs } from '../statistics/time-range.ts'
import { askedAccount } from './asked-account.ts'
import { timeMsOf } from './asked-time.ts'
import { type Client, ClientError } from './client.ts'
import { grouped } from './progress-bar.ts'
import { table } from './table.ts'
import { type TableTimes, timesOf } from './table-times.ts'
import { print, printJson, say } from './terminal.ts'

type CoverageFlags = {
  account?: string
  domain?: string
  start?: string
  end?: string
  interval?: string
  by?: string
  timeZone?: string
  ranges?: boolean
  limit?: string
  offset?: string
  json?: boolean
}

/** Prints which buckets are complete: the sources, and a line for each state and reason, or the ranges. */
export async function showCoverage(client: Client, flags: CoverageFlags): Promise<void> {
  const times = await timesOf(client, flags)
  const found = await client.get<CoverageAnswer>('/api/v1/coverage', {
    account: await askedAccount(client, flags.account),
    domain_name: flags.domain,
    start_time: instantOf('--start', flags.start, times.zone),
    end_time: instantOf('--end', flags.end, times.zone),
    interval: flags.interval,
    by: flags.by,
    time_zone: times.zone,
    limit: flags.limit,
    offset: flags.offset,
  })
  if (flags.json) return printJson(found)
  const { final, reported, provisional, missing, refused } = found.buckets
  say`${times.text(found.start_time)} to ${times.text(found.end_time)} ${times.zone}, judged at ${times.text(found.judged_at)}`
  say`buckets: ${grouped(final)} final, ${grouped(reported)} reported, ${grouped(provisional)} provisional, ${grouped(missing)} missing, ${grouped(refused)} refused\n`
  print(sourceTable(found, times))
  print(`\n${lineTable(found, times, flags.by === 'day')}`)
  if (found.lines_total > found.lines.length)
    say`${found.lines.length} of ${grouped(found.lines_total)} lines; a shorter range, or --domain, shows the others`
  if (flags.ranges) printRanges(found, times)
}

/** A date is its midnight in the zone. */
const instantOf = (flag: string, text: string | undefined, zone: string): number | undefined =>
  dayStartMs(text ?? '', zone) ?? timeMsOf(flag, text)

/** A line for each state and reason, the worst state first. */
function lineTable({ lines }: CoverageAnswer, times: TableTimes, byDay: boolean): string {
  const rows = lines.map((one) => [
    ...(byDay ? [one.date] : []),
    one.state,
    one.reason,
    grouped(one.buckets),
    one.late_lines,
    times.text(one.start_time),
    times.text(one.end_time),
    domainsText(one.domain_names, one.domains),
  ])
  const day = byDay ? [`day (${times.zone})`] : []
  const span = [`first (${times.zone})`, 'last before']
  return table([...day, 'state', 'reason', 'buckets', 'late lines', ...span, 'domains'], rows)
}

const domainsText = (names: readonly string[], count: number): string =>
  count > names.length ? `${names.join(', ')} and ${count - names.length} more` : names.join(', ')

function printRanges(found: CoverageAnswer, times: TableTimes): void {
  const ranges = found.ranges.map((one) => [
    one.domain_name,
    times.text(one.start_time),
    times.text(one.end_time),
    one.state,
    one.late_lines,
    one.sources.map(({ source, state }) => `${source} ${state}`).join(', ') || 'no source reports it',
  ])
  const header = ['domain', `from (${times.zone})`, 'to', 'state', 'late lines', 'sources']
  print(`\n${table(header, ranges)}`)
  if (found.total > found.ranges.length)
    say`${found.ranges.length} of ${grouped(found.total)} ranges; --limit and --offset show more`
}

function sourceTable(found: CoverageAnswer, times: TableTimes): string {
  const rows = found.sources.map((one) => [
    one.source,
    filesText(one),
    one.delay_seconds,
    times.text(one.watermark),
    times.text(one.watermark_least),
    one.rejected_lines,
    one.late_lines,
  ])
  const header = [
    'source',
    'files',
    'delay (s)',
    `reported to (${times.zone})`,
    'at least to',
    'rejected lines',
    'late lines',
  ]
  return table(header, rows)
}

/** `2 an hour`, `1 a day (UTC)`; `going on` where no number is stated. */
function filesText({ files_per_hour: hourly, files_per_day: daily, day_zone: zone }: StatedFiles): string {
  if (hourly !== null) return `${hourly} an hour`
  return daily === null ? 'going on' : `${daily} a day (${zone})`
}

type StatedFiles = Pick<CadenceJson, 'files_per_hour' | 'files_per_day' | 'day_zone'>

type CadenceJson = {
  account_id: string | null
  account_name?: string
  source: string
  files_per_hour: number | null
  files_per_day: number | null
  day_zone: string | null
  delay_seconds: number | null
  skips_empty_hours: boolean
  domains: string[] | null
  expected_from: number | null
  expected_until: number | null
}

const path = '/api/v1/coverage/cadences'

export async function listCadences(client: Client, flags: { json?: boolean; timeZone?: string }): Promise<void> {
  const answer = await client.get<{ cadences: CadenceJson[] }>(path)
  if (flags.json) return printJson(answer)
  const times = await timesOf(client, flags)
  const rows = answer.cadences.map((one) => [
    one.source,
    one.account_name ?? one.account_id ?? 'every',
    one.files_per_hour,
    one.files_per_day === null ? null : `${one.files_per_day} (${one.day_zone})`,
    one.delay_seconds,
    one.skips_empty_hours ? 'yes' : 'no',
    one.domains?.join(',') ?? null,
    times.text(one.expected_from),
    times.text(one.expected_until),
  ])
  const stated = [
    'files an hour',
    'files a day',
    'delay (s)',
    'skips empty hours',
    'domains',
    `from (${times.zone})`,
    'until',
  ]
  print(table(['source', 'account', ...stated], rows))
}

type CadenceFlags = {
  account?: string
  filesPerHour?: string
  filesPerDay?: string
  dayZone?: string
  delaySeconds?: string
  skipsEmptyHours?: boolean
  domains?: string
  from?: string
  until?: string
}

export async function setCadence(client: Client, source: string, flags: CadenceFlags): Promise<void> {
  const asked = {
    files_per_hour: flags.filesPerHour,
    files_per_day: flags.filesPerDay,
    day_zone: flags.dayZone,
    delay_seconds: flags.delaySeconds,
    skips_empty_hours: flags.skipsEmptyHours,
    domains: flags.domains?.split(',').map((name) => name.trim()),
    expected_from: timeMsOf('--from', flags.from),
    expected_until: timeMsOf('--until', flags.until),
  }
  if (Object.values(asked).every((value) => value === undefined)) throw new ClientError('Say what to state; see --help')
  printJson(await client.send('PUT', pathOf(source, flags.account), asked))
}

const pathOf = (source: string, account: string | undefined) =>
  `${path}/${encodeURIComponent(source)}${account === undefined ? '' : `?account=${encodeURIComponent(account)}`}`

export async function removeCadence(client: Client, source: string, account?: string): Promise<void> {
  await client.send('DELETE', pathOf(source, account))
  say`nothing is stated of ${source} now`
}
