import type { Database } from '../database/database.ts'
import { sqlFile } from '../sql-file.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { beginRollUp, endRollUp } from './ledger.ts'

/** The rollups that a load gets after it counts: each table, and the statement that fills it. A closed set. */
const rollUps = [
  { table: 'url_daily', insert: sqlFile(import.meta.url, './insert-url-daily.sql') },
  { table: 'geography_hourly', insert: sqlFile(import.meta.url, './insert-geography-hourly.sql') },
] as const

/** The engine's own names of a load's roll-up statements, so that what a killed process left running can be ended. */
export const rollUpQueryIds = (loadId: number): string[] =>
  rollUps.map(({ table }) => `fluxport-rollup-${loadId}-${table}`)

/**
 * Rolls up the oldest load that is not yet. Exactly once: what an earlier attempt left is removed before, and reports read
 * the rollups of a load only when the ledger says that they are whole.
 * @returns false when there is nothing to do
 */
export async function rollUpNext(
  deps: { database: Database; warehouse: Warehouse; owner: string },
  signal: AbortSignal,
): Promise<boolean> {
  const { database, warehouse } = deps
  const loadId = await beginRollUp(database, deps.owner)
  if (loadId === null) return false
  try {
    for (const { table, insert } of rollUps) {
      const queryId = `fluxport-rollup-${loadId}-${table}`
      await warehouse.kill(queryId)
      await removeRows(warehouse, table, loadId)
      await warehouse.command(insert, { loadId }, { queryId, signal })
    }
    await endRollUp(database, loadId, 'done')
  } catch (error) {
    await endRollUp(database, loadId, 'none')
    throw error
  }
  return true
}

async function removeRows(warehouse: Warehouse, table: string, loadId: number): Promise<void> {
  const found = await warehouse.rows(`SELECT 1 FROM ${table} WHERE load_id = {loadId:UInt64} LIMIT 1`, { loadId })
  if (found.length === 0) return
  await warehouse.command(`ALTER TABLE ${table} DELETE WHERE load_id = {loadId:UInt64} SETTINGS mutations_sync = 2`, {
    loadId,
  })
}
