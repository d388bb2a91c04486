import { domainsDelivered } from '../../coverage/allowed-sets.ts'
import { recordLoadSpans } from '../../coverage/load-spans.ts'
import type { Database } from '../../ports/database/database.ts'
import { sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import { logFormats } from '../formats/known-formats.ts'
import { formatByName } from '../formats/recognise.ts'

const loadsWithSpans = sqlFile(import.meta.url, './loads-with-spans.sql')

/** Most loads written at once: their names and sources are bound values, about 4 MB. */
const atOnce = 20_000

/** A counter that is 1 once every counting load has its span. Later loads write their spans before they count. */
const doneCounter = 'spans_recorded'

/**
 * Records spans of loads that an earlier version of the program wrote without them. It runs at the start, before any
 * load or purge; the next start completes a killed run.
 * @returns the number of recorded loads
 */
export async function recordMissingSpans(deps: { database: Database; warehouse: Warehouse }): Promise<number> {
  const { queries } = deps.database
  const done = await queries.selectFrom('counter').select('value').where('name', '=', doneCounter).executeTakeFirst()
  if (done) return 0
  const recorded = await recordAll(deps)
  await queries
    .insertInto('counter')
    .values({ name: doneCounter, value: 1, changed_at_ms: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return recorded
}

async function recordAll({ database, warehouse }: { database: Database; warehouse: Warehouse }): Promise<number> {
  const recorded = await warehouse.rows<{ loadId: number }>(loadsWithSpans)
  const has = new Set(recorded.map(({ loadId }) => loadId))
  const rows = await database.queries
    .selectFrom('load')
    .innerJoin('batch', 'batch.id', 'load.batch_id')
    .select(['load.load_id', 'batch.source', 'batch.name', 'batch.format', 'batch.default_domain'])
    .select(['batch.account_id', 'batch.may_deliver', 'batch.allowed_domains_json'])
    .select(['batch.rejected_lines', 'batch.first_time_ms', 'batch.last_time_ms', 'batch.loaded_at_ms'])
    .where('load.state', '=', 'visible')
    .orderBy('load.load_id')
    .execute()
  const missing = rows.filter((row) => !has.has(row.load_id))
  for (let at = 0; at < missing.length; at += atOnce) {
    const page = missing.slice(at, at + atOnce).map(async (row) => ({
      loadId: row.load_id,
      accountId: row.account_id,
      allowedDomains: await domainsDelivered(database.queries, row),
      source: row.source,
      fileName: row.name,
      domainOfLines: formatByName(logFormats, row.format)?.namesDomain === false ? row.default_domain : null,
      rejectedLines: row.rejected_lines ?? 0,
      firstTimeMs: row.first_time_ms,
      lastTimeMs: row.last_time_ms,
      writtenAtMs: row.loaded_at_ms ?? 0,
    }))
    await recordLoadSpans(warehouse, await Promise.all(page))
  }
  return missing.length
}
