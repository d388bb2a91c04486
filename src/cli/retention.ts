import { type Source, sourceTitles } from '../ledger/kept-data.ts'
import type { Client } from './client.ts'
import { bytesText, grouped } from './progress-bar.ts'
import { table } from './table.ts'
import { timesOf } from './table-times.ts'
import { print, printJson } from './terminal.ts'

type Amount = { rows: number; bytes: number }
type TableJson = Amount & {
  table: Source
  keep_days: number | null
  kept_from: number | null
  due: Amount & { until: number | null }
  next: (Amount & { until: number; at: number }) | null
}

type RetentionFlags = {
  keepRequestsDays?: string
  keepUsageDays?: string
  keepUrlDays?: string
  keepGeographyDays?: string
  json?: boolean
  timeZone?: string
}

/** Shows kept and dropped data; with given days, the drop that they would cause. */
export async function showRetention(client: Client, flags: RetentionFlags): Promise<void> {
  const asked = {
    keep_requests_days: flags.keepRequestsDays,
    keep_usage_days: flags.keepUsageDays,
    keep_url_days: flags.keepUrlDays,
    keep_geography_days: flags.keepGeographyDays,
  }
  const given = Object.entries(asked).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const answer = await client.get<{ tables: TableJson[] }>('/api/v1/retention', Object.fromEntries(given))
  if (flags.json) return printJson(answer)
  const times = await timesOf(client, flags)
  const rows = answer.tables.map((one) => [
    sourceTitles[one.table],
    one.keep_days === null ? 'for ever' : `${one.keep_days} days`,
    one.kept_from === null ? 'the beginning' : times.text(one.kept_from),
    amountText(one),
    one.due.until === null ? '-' : `${amountText(one.due)}, before ${times.text(one.due.until)}`,
    one.next === null ? '-' : `${times.text(one.next.at)}: ${amountText(one.next)}`,
  ])
  const isPreview = given.length > 0
  const due = isPreview ? 'would be dropped at once' : 'being dropped'
  print(table(['of', 'kept', `there from (${times.zone})`, 'there is', due, `then (${times.zone})`], rows))
  if (isPreview) print('Nothing was changed: the settings of the server decide.')
}

const amountText = ({ rows, bytes }: Amount) => `${grouped(rows)} rows, ${bytesText(bytes)}`
