import type { Database } from '../ports/database/database.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { deleteRows } from './delete-rows.ts'
import { beginRollUps, endRollUps, runningRollUps } from './roll-up-marks.ts'

const anyRowOfLoads = sqlFile(import.meta.url, './any-row-of-loads.sql')

/**
 * Rollups that are made after a load counts: each table with its INSERT. A table's name cannot be bound: a closed set.
 */
const rollUps = [
  { table: 'url_daily', insert: sqlFile(import.meta.url, './insert-url-daily.sql') },
  { table: 'geography_hourly', insert: sqlFile(import.meta.url, './insert-geography-hourly.sql') },
] as const

/** The engine's ids of a data directory's roll-up statements. At most one of them runs at a time. */
export const rollUpQueryIds = (owner: string): string[] => rollUps.map(({ table }) => queryIdOf(owner, table))

const queryIdOf = (owner: string, table: string) => `fluxport-rollup-${owner}-${table}`

type RollUpDeps = { database: Database; warehouse: Warehouse; owner: string }

/**
 * Rolls up the oldest loads without rollups, many small ones in one statement. It counts exactly once: rows of an
 * earlier attempt are removed first, and reports read a load's rollups only once the ledger has them as complete.
 * @returns false when there is nothing to do
 */
export async function rollUpNext(deps: RollUpDeps, signal: AbortSignal): Promise<boolean> {
  const { database, warehouse, owner } = deps
  await endLeftRollUps(deps)
  const loadIds = await beginRollUps(database, owner)
  if (loadIds.length === 0) return false
  try {
    for (const { table, insert } of rollUps) {
      await removeRows(warehouse, table, loadIds)
      await warehouse.command(insert, { loadIds }, { queryId: queryIdOf(owner, table), signal })
    }
    await endRollUps(database, loadIds, 'done')
  } catch (error) {
    await endLeftRollUps(deps)
    throw error
  }
  return true
}

/**
 * Ends roll-up statements that a killed process or a broken connection left running, and records their end. The loads
 * may then be rolled up again, or be removed once forgotten. They stay marked while the engine does not answer.
 */
export async function endLeftRollUps({ database, warehouse, owner }: RollUpDeps): Promise<void> {
  const left = await runningRollUps(database, owner)
  if (left.length === 0) return
  for (const queryId of rollUpQueryIds(owner)) await warehouse.kill(queryId)
  await endRollUps(database, left, 'none')
}

async function removeRows(warehouse: Warehouse, table: string, loadIds: number[]): Promise<void> {
  const found = await warehouse.rows(fillSlots(anyRowOfLoads, { table }), { loadIds })
  if (found.length > 0) await deleteRows(warehouse, table, loadIds)
}
