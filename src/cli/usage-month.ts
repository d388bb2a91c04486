import { allAccounts } from '../accounts/whose.ts'
import type { WholeNumber } from '../exact-json.ts'
import type { MonthAnswer, MonthFiguresView } from '../usage/month/month-schema.ts'
import { askedAccount } from './asked-account.ts'
import { type Client, ClientError } from './client.ts'
import { bytesText, grouped } from './progress-bar.ts'
import { table } from './table.ts'
import { type TableTimes, timesOf } from './table-times.ts'
import { print, printJson, say } from './terminal.ts'

type MonthFlags = {
  account?: string
  domain?: string
  byDomain?: boolean
  byAccount?: boolean
  timeZone?: string
  serviceArea?: string
  dataVersion?: string
  json?: boolean
}

/**
 * Prints a month to date: its figures, the room below the percentile, the forecast, and the commit.
 * @throws ClientError for options that do not go together
 */
export async function showMonthToDate(client: Client, month: string | undefined, flags: MonthFlags): Promise<void> {
  if (flags.byAccount && flags.byDomain) throw new ClientError('--by-account and --by-domain: say one of them')
  if (flags.byAccount && ![undefined, allAccounts].includes(flags.account))
    throw new ClientError('--by-account shows all accounts: leave out --account')
  const times = await timesOf(client, flags)
  const found = await client.get<MonthAnswer>('/api/v1/month', {
    account: flags.byAccount ? allAccounts : await askedAccount(client, flags.account),
    month,
    domain_name: flags.domain,
    group_by: flags.byAccount ? 'account' : flags.byDomain ? 'domain' : undefined,
    time_zone: times.zone,
    service_area: flags.serviceArea,
    data_version: flags.dataVersion,
  })
  if (flags.json) return printJson(found)
  say`${found.month} (${times.zone}), logged until ${times.text(found.logged_until)}, up to ${times.text(found.until_time)}\n`
  print(figureTable(found))
  print('')
  for (const line of linesOf(found, times)) say`${line}`
}

function figureTable({ total, domains, accounts }: MonthAnswer): string {
  const row = (name: string, one: MonthFiguresView) => [
    name,
    bytes(one.flux),
    bytes(one.billed_flux),
    one.requests === null ? null : grouped(one.requests),
    megabits(one.bandwidth_percentile),
    megabits(one.average_daily_peak),
    megabits(one.peak),
    one.room.above,
    one.room.left,
    bytes(one.forecast?.billed_flux ?? null),
    megabits(one.forecast?.bandwidth_percentile ?? null),
  ]
  const soFar = ['traffic', 'billed', 'requests', 'percentile (Mbit/s)', 'average daily peak', 'peak']
  const header = [
    accounts.length > 0 ? 'account' : 'domain',
    ...soFar,
    'points above',
    'may still be',
    'billed at the end',
    'percentile at the end',
  ]
  const named = [
    ...domains.map((one) => row(one.domain_name, one)),
    ...accounts.map((one) => row(one.account_name, one)),
  ]
  return table(header, [...named, row('all', total)])
}

function linesOf({ buckets, total, forecast_method: method, commit, rule }: MonthAnswer, times: TableTimes): string[] {
  const counts = Object.entries(buckets ?? {}).filter(([, count]) => count > 0)
  return [
    ...(counts.length > 0
      ? [`buckets: ${counts.map(([state, count]) => `${grouped(count)} ${state}`).join(', ')}`]
      : []),
    `rule: ${rule.text}`,
    method === null
      ? `no forecast: ${total.forecast_missing}`
      : `forecast: ${method.text} These days begin at ${times.text(method.start_time)}.`,
    ...(commit?.traffic ? [distanceText('billed traffic', commit.traffic, bytes)] : []),
    ...(commit?.bandwidth ? [distanceText('percentile', commit.bandwidth, (bits) => `${megabits(bits)} Mbit/s`)] : []),
  ]
}

type Distance = NonNullable<NonNullable<MonthAnswer['commit']>['traffic']>

function distanceText(what: string, one: Distance, text: (value: WholeNumber | null) => string | null): string {
  const { committed, used, left, share, left_at_end: atEnd } = one
  const known = used === null || left === null || share === null
  if (known) return `commit of ${what}: ${text(committed)}`
  const end = atEnd === null ? '' : `; by the forecast ${sideOf(atEnd, text)} at the end`
  return `commit of ${what}: ${text(committed)}, of which ${text(used)} (${Math.round(share * 1000) / 10} %), ${sideOf(left, text)}${end}`
}

const sideOf = (left: WholeNumber, text: (value: WholeNumber | null) => string | null): string =>
  left < 0 ? `${text(-left)} above it` : `${text(left)} left`

const bytes = (value: WholeNumber | null): string | null => (value === null ? null : bytesText(value))

/** Bit/s as Mbit/s of 10^6, to the third digit, rounded down. */
function megabits(value: WholeNumber | null): string | null {
  if (value === null) return null
  const thousandths = String(BigInt(value) / 1_000n).padStart(4, '0')
  return `${thousandths.slice(0, -3)}.${thousandths.slice(-3)}`
}
