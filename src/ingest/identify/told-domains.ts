import type { Queries } from '../../ports/database/schema.ts'
import { sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'

const statement = sqlFile(import.meta.url, './domains-of-loads.sql')

/** Domains that loads report on: those of their requests, and those in their files' names. */
export async function domainsOfLoads(warehouse: Warehouse, loadIds: readonly number[]): Promise<string[]> {
  if (loadIds.length === 0) return []
  const rows = await warehouse.rows<{ domain: string }>(statement, { loadIds })
  return rows.map((row) => row.domain)
}

/** As `domainsOfLoads`, for the counting loads of a batch. */
export async function domainsOfBatch(
  { queries, warehouse }: { queries: Queries; warehouse: Warehouse },
  batchId: number,
): Promise<string[]> {
  const rows = await queries
    .selectFrom('load')
    .select('load_id')
    .where('batch_id', '=', batchId)
    .where('state', '=', 'visible')
    .execute()
  return await domainsOfLoads(
    warehouse,
    rows.map((load) => load.load_id),
  )
}
