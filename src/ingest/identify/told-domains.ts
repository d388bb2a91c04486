import type { Queries } from '../../ports/database/schema.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'

/** Domains that loads report on: those of their requests, and those in their files' names. */
export async function domainsOfLoads(warehouse: Warehouse, loadIds: readonly number[]): Promise<string[]> {
  if (loadIds.length === 0) return []
  const rows = await warehouse.rows<{ domain: string }>(
    `SELECT DISTINCT arrayJoin(arrayPushBack(domains, file_domain)) AS domain FROM load_span
     WHERE load_id IN {loadIds:Array(UInt64)}`,
    { loadIds },
  )
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
