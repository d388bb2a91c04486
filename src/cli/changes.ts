import type { WholeNumber } from '../exact-json.ts'
import type { TaskChanges } from '../exports/change-routes.ts'
import type { Client } from './client.ts'
import { grouped } from './progress-bar.ts'
import { table } from './table.ts'
import { type TableTimes, timesOf } from './table-times.ts'
import { print, printJson, say } from './terminal.ts'

type ChangesFlags = { limit: string; offset: string; buckets?: boolean; json?: boolean; timeZone?: string }

/** Prints the changes of a task's file since it was made: the sums of domains, then their buckets. */
export async function showChanges(client: Client, id: string, flags: ChangesFlags): Promise<void> {
  const path = `/api/v1/export-tasks/${encodeURIComponent(id)}/changes`
  const page = flags.buckets || flags.json ? { limit: flags.limit, offset: flags.offset } : { limit: 1 }
  const found = await client.get<TaskChanges>(path, page)
  if (flags.json) return printJson(found)
  say`data version ${found.data_version}, now ${found.data_version_now}: ${found.loads_added} loads came and ${found.loads_removed} went`
  if (!found.complete) print('The rows of a forgotten load are gone: what it took away is not told.')
  for (const line of movedLines(found)) print(line)
  const moved = found.domains_gone + found.domains_come
  if (found.total + moved === 0 && !found.months?.length) return print('no figure has changed')
  printMonths(found.months ?? [])
  if (found.domains.length === 0) print('no sum of a domain has changed')
  else printDomains(found)
  if (flags.buckets) printBuckets(found, await timesOf(client, flags))
  else say`${grouped(found.total)} buckets have changed; --buckets lists them`
}

/** Domains that went to another account or came from one are no change of figures: one of the files lacks them. */
function movedLines({ domains_gone: gone, domains_come: come }: TaskChanges): string[] {
  const domains = (count: number) => (count === 1 ? '1 domain' : `${grouped(count)} domains`)
  const [are, them] = gone === 1 ? ['is', 'it'] : ['are', 'them']
  return [
    ...(gone > 0 ? [`${domains(gone)} of the file ${are} no longer of its account: a new file lacks ${them}`] : []),
    ...(come > 0 ? [`${domains(come)} came to the account since: the file lacks ${come === 1 ? 'it' : 'them'}`] : []),
  ]
}

/** Figures of a bill that are compared, in the order of its columns. */
const billFigures = [
  ...(['flux', 'billed_flux', 'bandwidth_percentile', 'average_daily_peak', 'fourth_daily_peak', 'peak'] as const),
  ...(['valid_days', 'points', 'discarded'] as const),
]

function printMonths(months: NonNullable<TaskChanges['months']>): void {
  const rows = months.flatMap(({ month, domain_name: domain, before, after }) =>
    billFigures
      .map((name) => ({ name, past: before?.[name] ?? null, present: after?.[name] ?? null }))
      .filter(({ past, present }) => String(past) !== String(present))
      .map(({ name, past, present }) => [month, domain ?? 'all together', name, ...compared(past, present)]),
  )
  if (rows.length === 0) return
  print(`${table(['month', 'domain', 'figure', 'before', 'after', 'difference', '%'], rows)}\n`)
}

function printDomains({ domains, domains_total: total }: TaskChanges): void {
  const rows = domains.map((one) => [
    one.domain_name,
    ...compared(one.flux_before, one.flux_after),
    ...compared(one.requests_before, one.requests_after),
  ])
  const figure = ['before', 'after', 'difference', '%']
  print(table(['domain', 'bytes', ...figure.slice(1), 'requests', ...figure.slice(1)], rows))
  if (total > domains.length) say`${domains.length} of ${grouped(total)} domains, those with the largest differences`
}

function printBuckets({ changes, total }: TaskChanges, times: TableTimes): void {
  const rows = changes.map((one) => [
    one.domain_name,
    times.text(one.time),
    ...compared(one.flux_before, one.flux_after),
    ...compared(one.requests_before, one.requests_after),
  ])
  const head = ['bytes', 'after', 'difference', '%', 'requests', 'after', 'difference', '%']
  if (rows.length > 0) print(`\n${table(['domain', `bucket (${times.zone})`, ...head], rows)}`)
  if (total > rows.length) say`${rows.length} of ${grouped(total)}; --limit and --offset show more`
}

/** Cells of a figure: before, after, difference, percent. Null: the figure did not exist. */
export function compared(before: WholeNumber | null, after: WholeNumber | null): (string | null)[] {
  const shown = (value: WholeNumber | null) => (value === null ? null : grouped(value))
  if (before === null || after === null) return [shown(before), shown(after), null, null]
  const [then, now] = [BigInt(before), BigInt(after)]
  const sign = now > then ? '+' : ''
  return [shown(before), shown(after), `${sign}${grouped(now - then)}`, percentOf(then, now)]
}

/** Difference in percent of the figure before, to a hundredth, cut; null for a figure that was zero. */
function percentOf(then: bigint, now: bigint): string | null {
  if (then === 0n) return null
  const hundredths = ((now - then) * 10_000n) / then
  if (hundredths === 0n && now !== then) return now > then ? '+<0.01' : '-<0.01'
  return `${now > then ? '+' : ''}${(Number(hundredths) / 100).toFixed(2)}`
}
