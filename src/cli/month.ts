import type { MonthView } from '../coverage/month/month-schema.ts'
import { type WholeNumber, wholeNumber } from '../exact-json.ts'
import { askedAccount } from './asked-account.ts'
import type { Client } from './client.ts'
import { ownAccount } from './own-account.ts'
import { grouped } from './progress-bar.ts'
import { table } from './table.ts'
import { print, printJson, say, sayAside } from './terminal.ts'

type MonthFlags = {
  account?: string
  timeZone?: string
  domain?: string
  limit?: string
  offset?: string
  json?: boolean
}

/** Prints what came in a month, by day and domain, and a line for each thing that is wrong. */
export async function showMonth(client: Client, month: string, flags: MonthFlags): Promise<void> {
  const { role, defaults } = await ownAccount(client)
  const found = await client.get<MonthView>('/api/v1/month-deliveries', {
    account: await askedAccount(client, flags.account),
    month,
    time_zone: flags.timeZone ?? defaults.time_zone,
    domain_name: flags.domain,
    limit: flags.limit,
    offset: flags.offset,
  })
  if (flags.json) return printJson(found)
  const rows = found.days.map((one) => [
    one.date,
    one.domain_name,
    one.files_expected,
    one.files_come,
    one.files_refused,
    one.files_late,
    one.requests,
    gigabytes(one.flux),
    one.rejected_lines,
    worstState(one.buckets),
    one.out_of_line,
  ])
  const files = ['expected', 'come', 'refused', 'late']
  const header = [
    `day (${found.time_zone})`,
    'domain',
    ...files,
    'requests',
    'GB',
    'rejected lines',
    'state',
    'out of line',
  ]
  if (found.total === 0) print(`no day of ${found.month} (${found.time_zone}): no domain belongs to ${ownerOf(flags)}`)
  else print(table(header, rows))
  if (found.total > found.days.length)
    say`${found.days.length} of ${grouped(found.total)} days; --limit and --offset show more`
  print('')
  for (const { text } of found.faults) say`${text}`
  if (found.faults_total > found.faults.length) say`and ${grouped(found.faults_total - found.faults.length)} more`
  if (found.total > 0 && found.faults.every(({ kind }) => kind === 'rejected')) print('nothing is missing')
  if (role === 'operator' && flags.account === undefined)
    sayAside`Domains of other accounts are not in it: --account all has them.`
}

function ownerOf({ account }: MonthFlags): string {
  if (account === undefined) return 'the account'
  return account === 'all' ? 'any account' : `account ${account}`
}

/** Bytes as GB of 10^9, to the third digit, rounded down. */
function gigabytes(bytes: WholeNumber): string {
  const thousandths = String(BigInt(bytes) / 1_000_000n).padStart(4, '0')
  return `${grouped(wholeNumber(thousandths.slice(0, -3)))}.${thousandths.slice(-3)}`
}

/** The worst state of a day's buckets. */
const worstState = (buckets: MonthView['days'][number]['buckets']): string =>
  (['refused', 'missing', 'provisional', 'reported', 'final'] as const).find((state) => buckets[state] > 0) ?? '-'
