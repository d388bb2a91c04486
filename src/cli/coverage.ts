import type { CoverageAnswer } from '../coverage/coverage-routes.ts'
import { askedAccount } from './asked-account.ts'
import { timeMsOf } from './asked-time.ts'
import { type Client, ClientError } from './client.ts'
import { grouped } from './progress-bar.ts'
import { table, timeText } from './table.ts'
import { print, printJson, say } from './terminal.ts'

type CoverageFlags = {
  account?: string
  domain?: string
  start?: string
  end?: string
  interval?: string
  limit?: string
  offset?: string
  json?: boolean
}

/** Prints which buckets are complete: the sources, and the ranges of each domain. */
export async function showCoverage(client: Client, flags: CoverageFlags): Promise<void> {
  const found = await client.get<CoverageAnswer>('/api/v1/coverage', {
    account: await askedAccount(client, flags.account),
    domain_name: flags.domain,
    start_time: timeMsOf('--start', flags.start),
    end_time: timeMsOf('--end', flags.end),
    interval: flags.interval,
    limit: flags.limit,
    offset: flags.offset,
  })
  if (flags.json) return printJson(found)
  const { final, reported, provisional, missing, refused } = found.buckets
  say`${timeText(found.start_time)} to ${timeText(found.end_time)} UTC, judged at ${timeText(found.judged_at)} UTC`
  say`buckets: ${grouped(final)} final, ${grouped(reported)} reported, ${grouped(provisional)} provisional, ${grouped(missing)} missing, ${grouped(refused)} refused\n`
  print(sourceTable(found))
  const ranges = found.ranges.map((one) => [
    one.domain_name,
    timeText(one.start_time),
    timeText(one.end_time),
    one.state,
    one.late_lines,
    one.sources.map(({ source, state }) => `${source} ${state}`).join(', ') || 'no source reports it',
  ])
  print(`\n${table(['domain', 'from (UTC)', 'to (UTC)', 'state', 'late lines', 'sources'], ranges)}`)
  if (found.total > found.ranges.length)
    say`${found.ranges.length} of ${grouped(found.total)} ranges; --limit and --offset show more`
}

function sourceTable(found: CoverageAnswer): string {
  const rows = found.sources.map((one) => [
    one.source,
    filesText(one),
    one.delay_seconds,
    timeText(one.watermark),
    timeText(one.watermark_least),
    one.rejected_lines,
    one.late_lines,
  ])
  const header = [
    'source',
    'files',
    'delay (s)',
    'reported to (UTC)',
    'at least to (UTC)',
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

export async function listCadences(client: Client, { json }: { json?: boolean }): Promise<void> {
  const answer = await client.get<{ cadences: CadenceJson[] }>(path)
  if (json) return printJson(answer)
  const rows = answer.cadences.map((one) => [
    one.source,
    one.account_name ?? one.account_id ?? 'every',
    one.files_per_hour,
    one.files_per_day === null ? null : `${one.files_per_day} (${one.day_zone})`,
    one.delay_seconds,
    one.skips_empty_hours ? 'yes' : 'no',
    one.domains?.join(',') ?? null,
    timeText(one.expected_from),
    timeText(one.expected_until),
  ])
  const stated = [
    'files an hour',
    'files a day',
    'delay (s)',
    'skips empty hours',
    'domains',
    'from (UTC)',
    'until (UTC)',
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
