import type { Database } from '../ports/database/database.ts'
import { sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { beginRollUps, endRollUps, runningRollUps } from './roll-up-marks.ts'

/** The rollups that loads get after they count: each table, and the statement that fills it. A closed set. */
const rollUps = [
  { table: 'url_daily', insert: sqlFile(import.meta.url, './insert-url-daily.sql') },
  { table: 'geography_hourly', insert: sqlFile(import.meta.url, './insert-geography-hourly.sql') },
] as const

/** The engine's own names of a data directory's roll-up statements, of which one runs at a time. */
export const rollUpQueryIds = (owner: string): string[] => rollUps.map(({ table }) => queryIdOf(owner, table))

const queryIdOf = (owner: string, table: string) => `fluxport-rollup-${owner}-${table}`

type RollUpDeps = { database: Database; warehouse: Warehouse; owner: string }

/**
 * Rolls up the oldest loads that are not yet, many small ones in one statement. Exactly once: what an earlier attempt left
 * is removed before, and reports read the rollups of a load only when the ledger says that they are whole.
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
 * Ends what a killed process, or a connection that broke, left running at the engine, and says so in the ledger: the
 * loads may be rolled up again, or removed when they are forgotten. While the engine does not answer they stay marked.
 */
export async function endLeftRollUps({ database, warehouse, owner }: RollUpDeps): Promise<void> {
  const left = await runningRollUps(database, owner)
  if (left.length === 0) return
  for (const queryId of rollUpQueryIds(owner)) await warehouse.kill(queryId)
  await endRollUps(database, left, 'none')
}

async function removeRows(warehouse: Warehouse, table: string, loadIds: number[]): Promise<void> {
  const found = await warehouse.rows(`SELECT 1 FROM ${table} WHERE load_id IN {loadIds:Array(UInt64)} LIMIT 1`, {
    loadIds,
  })
  if (found.length === 0) return
  await warehouse.command(
    `ALTER TABLE ${table} DELETE WHERE has({loadIds:Array(UInt64)}, load_id) SETTINGS mutations_sync = 2`,
    { loadIds },
  )
}
