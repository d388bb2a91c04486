import type { Database } from '../ports/database/database.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { keepForgottenUsage } from './changed-loads.ts'
import { deleteRows } from './delete-rows.ts'
import { loadQueryId } from './load-query.ts'
import { markPurged, purgeableLoads } from './purgeable-loads.ts'

const loadsWithRows = sqlFile(import.meta.url, './loads-with-rows.sql')

/** Every table whose rows have a load's id. A table's name cannot be bound: a closed set. */
export const loadTables = ['request', 'usage', 'rejected', 'url_daily', 'geography_hourly', 'load_span'] as const

/**
 * Removes the rows of loads that do not count, and records the removal. It may run at any time and any number of times:
 * no query sees these rows, and a load is recorded only when none of its rows is left.
 * @returns the number of removed loads
 */
export async function purge(deps: { database: Database; warehouse: Warehouse }): Promise<number> {
  const { database, warehouse } = deps
  const loadIds = await purgeableLoads(database)
  if (loadIds.length === 0) return 0
  await endInserts(warehouse, loadIds)
  await keepForgottenUsage(deps, loadIds)
  for (const table of loadTables) await deleteRows(warehouse, table, loadIds)
  const gone = await loadIdsWithoutRows(warehouse, loadIds)
  if (gone.length > 0) await markPurged(database, gone)
  return gone.length
}

/**
 * Ends statements that a killed process or a broken connection left running at a server. Rows committed after the
 * removal would otherwise count for ever. Loads written together carry the first one's name. They are given up in one
 * step, so the first is in this list whenever any of them is.
 */
async function endInserts(warehouse: Warehouse, loadIds: readonly number[]): Promise<void> {
  for (const loadId of loadIds) {
    await warehouse.kill(loadQueryId(loadId))
    await warehouse.killAll(`${loadQueryId(loadId)}-`) // the dash: load 1 is not load 10
  }
}

async function loadIdsWithoutRows(warehouse: Warehouse, loadIds: number[]): Promise<number[]> {
  const found = new Set<number>()
  for (const table of loadTables) {
    const rows = await warehouse.rows<{ loadId: number }>(fillSlots(loadsWithRows, { table }), { loadIds })
    for (const row of rows) found.add(row.loadId)
  }
  return loadIds.filter((loadId) => !found.has(loadId))
}
