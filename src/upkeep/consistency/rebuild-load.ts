import { domainsOfLoads } from '../../ingest/identify/told-domains.ts'
import { copyRows, sameRequests } from '../../ledger/copy-rows.ts'
import { beginCopies, replaceLoads } from '../../ledger/load-copies.ts'
import { loadQueryId } from '../../ledger/load-query.ts'
import { abandonLoads } from '../../ledger/loads.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'

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
    const [sum] = await warehouse.rows<{ requests: number }>(
      'SELECT sum(requests) AS requests FROM usage WHERE load_id = {newId:UInt64}',
      { newId },
    )
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
  const rows = await warehouse.rows<{ reason: string; lines: number }>(
    'SELECT reason, sum(lines) AS lines FROM rejected WHERE load_id = {loadId:UInt64} GROUP BY reason',
    { loadId },
  )
  const isSame =
    rows.length === expected.length &&
    expected.every(([reason, lines]) => rows.some((row) => row.reason === reason && row.lines === lines))
  if (isSame) return
  await warehouse.command('ALTER TABLE rejected DELETE WHERE load_id = {loadId:UInt64} SETTINGS mutations_sync = 2', {
    loadId,
  })
  await warehouse.command(
    `INSERT INTO rejected (load_id, reason, lines)
     SELECT {loadId:UInt64}, reason, lines FROM (
       SELECT arrayJoin(arrayZip({reasons:Array(String)}, {lines:Array(UInt64)})) AS pair, pair.1 AS reason, pair.2 AS lines)`,
    { loadId, reasons: expected.map(([reason]) => reason), lines: expected.map(([, lines]) => lines) },
    { queryId: `${loadQueryId(loadId)}-rejected`, signal },
  )
}
