import { domainsOfLoads } from '../../ingest/identify/told-domains.ts'
import { copyRows, sameRequests } from '../../ledger/copy-rows.ts'
import { deleteRows } from '../../ledger/delete-rows.ts'
import { beginCopies, replaceLoads } from '../../ledger/load-copies.ts'
import { loadQueryId } from '../../ledger/load-query.ts'
import { abandonLoads } from '../../ledger/loads.ts'
import type { Database } from '../../ports/database/database.ts'
import { sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'

const usageRequests = sqlFile(import.meta.url, './usage-requests.sql')
const rejectedByReason = sqlFile(import.meta.url, './rejected-by-reason.sql')
const insertRejectedFigures = sqlFile(import.meta.url, './insert-rejected-figures.sql')

/**
 * Writes a load again under a new id from its own requests, with new rollups, and makes that copy count instead. A
 * running export sees the old load to its end, and none sees half of the change.
 * @returns false when the load ceased to count meanwhile
 */
export async function rebuildLoad(
  parts: { database: Database; warehouse: Warehouse; owner: string },
  loadId: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { database, warehouse, owner } = parts
  const batch = await database.queries
    .selectFrom('load')
    .innerJoin('batch', 'batch.id', 'load.batch_id')
    .select(['batch.id', 'batch.requests', 'batch.rejected_json'])
    .where('load.load_id', '=', loadId)
    .executeTakeFirst()
  if (!batch) return false
  const copies = await beginCopies(database, [{ loadId, batchId: batch.id }], owner)
  const copyIds = copies.map(({ copyId }) => copyId)
  const [newId = 0] = copyIds
  try {
    await copyRows(warehouse, copies, sameRequests, signal)
    await restoreRejected(warehouse, newId, JSON.parse(batch.rejected_json ?? '[]') as [string, number][], signal)
    const [sum] = await warehouse.rows<{ requests: number }>(usageRequests, { newId })
    if (sum?.requests !== batch.requests) throw new Error(`load ${loadId}: its copy has ${sum?.requests} requests`)
    const domains = await domainsOfLoads(warehouse, copyIds)
    return (await database.write((tx) => replaceLoads(tx, copies, domains))).length === 1
  } catch (error) {
    await database.write((tx) => abandonLoads(tx, copyIds))
    throw error
  }
}

/** Restores the ledger's figures: for a reason with other figures, the lines themselves are lost. */
async function restoreRejected(
  warehouse: Warehouse,
  loadId: number,
  expected: [string, number][],
  signal: AbortSignal,
): Promise<void> {
  const rows = await warehouse.rows<{ reason: string; lines: number }>(rejectedByReason, { loadId })
  const isSame =
    rows.length === expected.length &&
    expected.every(([reason, lines]) => rows.some((row) => row.reason === reason && row.lines === lines))
  if (isSame) return
  await deleteRows(warehouse, 'rejected', [loadId])
  await warehouse.command(
    insertRejectedFigures,
    { loadId, reasons: expected.map(([reason]) => reason), lines: expected.map(([, lines]) => lines) },
    { queryId: `${loadQueryId(loadId)}-rejected`, signal },
  )
}
