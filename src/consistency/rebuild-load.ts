import { type Database, nextValue } from '../database/database.ts'
import { abandonLoad, replaceLoad } from '../ingest/ledger.ts'
import { insertUsageSql } from '../ingest/load-statements.ts'
import { loadTables } from '../ingest/purge.ts'
import { loadQueryId } from '../ingest/write-load.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'

/** Made from the requests, and so not copied. */
const madeTables: readonly string[] = ['usage', 'url_daily', 'geography_hourly']

/**
 * Writes a load again, under a new id, out of its own requests, and lets that count instead: its rollups are made anew. An
 * export that runs sees the old load to its end, and none sees half of the change.
 * @returns false when the load ceased to count meanwhile
 */
export async function rebuildLoad(
  parts: { database: Database; warehouse: Warehouse },
  loadId: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { database, warehouse } = parts
  const batch = await database.queries
    .selectFrom('load')
    .innerJoin('batch', 'batch.id', 'load.batch_id')
    .select(['batch.id', 'batch.requests', 'batch.rejected_json'])
    .where('load.load_id', '=', loadId)
    .executeTakeFirst()
  if (!batch) return false
  const newId = await beginCopy(database, batch.id)
  try {
    const run = { queryId: loadQueryId(newId), signal, settings: { max_partitions_per_insert_block: 0 } }
    for (const table of loadTables.filter((name) => !madeTables.includes(name))) {
      // Chosen within: beside the new id, load_id would be that.
      const chosen = `(SELECT * FROM ${table} WHERE load_id = {loadId:UInt64})`
      const copy = `INSERT INTO ${table} SELECT * REPLACE({newId:UInt64} AS load_id) FROM ${chosen}`
      await warehouse.command(copy, { loadId, newId }, run)
    }
    await restoreRejected(warehouse, newId, JSON.parse(batch.rejected_json ?? '[]') as [string, number][])
    await warehouse.command(insertUsageSql, { loadIds: [newId] }, run)
    const [sum] = await warehouse.rows<{ requests: number }>(
      'SELECT sum(requests) AS requests FROM usage WHERE load_id = {newId:UInt64}',
      { newId },
    )
    if (sum?.requests !== batch.requests) throw new Error(`load ${loadId}: its copy has ${sum?.requests} requests`)
    return await database.write((tx) => replaceLoad(tx, loadId, newId))
  } catch (error) {
    await database.write((tx) => abandonLoad(tx, newId))
    throw error
  }
}

const beginCopy = (database: Database, batchId: number): Promise<number> =>
  database.write(async (tx) => {
    const loadId = await nextValue(tx, 'load')
    const begun = { visible_version: null, forgotten_version: null, roll_up: 'none' } as const
    await tx
      .insertInto('load')
      .values({ load_id: loadId, batch_id: batchId, state: 'pending', ...begun })
      .execute()
    return loadId
  })

/** The ledger's figures win: of reasons that have other ones the lines themselves are gone. */
async function restoreRejected(warehouse: Warehouse, loadId: number, expected: [string, number][]): Promise<void> {
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
  )
}
