import type { WholeNumber } from '../exact-json.ts'
import type { Client } from './client.ts'
import { grouped } from './progress-bar.ts'
import { table, timeText } from './table.ts'
import { print, printJson, say } from './terminal.ts'

type ChangesJson = {
  data_version: number
  data_version_now: number
  loads_added: number
  loads_removed: number
  complete: boolean
  total: number
  changes: {
    domain_name: string
    time: number
    requests_before: number
    requests_after: number
    flux_before: WholeNumber
    flux_after: WholeNumber
  }[]
}

type ChangesFlags = { limit: string; offset: string; json?: boolean }

/** Prints the buckets of a task's file that have changed since it was made. */
export async function showChanges(client: Client, id: string, flags: ChangesFlags): Promise<void> {
  const { limit, offset } = flags
  const path = `/api/v1/export-tasks/${encodeURIComponent(id)}/changes`
  const found = await client.get<ChangesJson>(path, { limit, offset })
  if (flags.json) return printJson(found)
  say`data version ${found.data_version}, now ${found.data_version_now}: ${found.loads_added} loads came and ${found.loads_removed} went, ${grouped(found.total)} buckets have changed`
  if (!found.complete) print('The rows of a forgotten load are gone: what it took away is not told.')
  const rows = found.changes.map((one) => [
    one.domain_name,
    timeText(one.time),
    ...[one.requests_before, one.requests_after, one.flux_before, one.flux_after],
  ])
  if (rows.length > 0)
    print(table(['domain', 'bucket (UTC)', 'requests before', 'after', 'bytes before', 'after'], rows))
  if (found.total > rows.length) say`${rows.length} of ${grouped(found.total)}; --limit and --offset show more`
}
