import type { Transaction } from 'kysely'
import { insertUnknownBatch } from '../../ledger/batches.ts'
import { loadTables } from '../../ledger/purge.ts'
import type { Logger } from '../../logger.ts'
import { type Database, nextValue } from '../../ports/database/database.ts'
import type { Tables } from '../../ports/database/schema.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import { raiseCounter, readCounters } from './counters.ts'

const loadsAbove = sqlFile(import.meta.url, './loads-above.sql')

/**
 * Records loads that only the warehouse knows, before anything is loaded: a ledger restored from a backup is older than
 * the warehouse. Such loads count for nobody. Counters move past every number given out since, so none is given out
 * twice. The loads' rows stay until a repair is requested, as the newer ledger may be found again.
 * @returns the loads
 */
export async function hideUnknownLoads(parts: {
  database: Database
  warehouse: Warehouse
  log: Logger
}): Promise<number[]> {
  const { database, warehouse, log } = parts
  const { load } = await readCounters(database.queries)
  const found = new Set<number>()
  for (const table of loadTables) {
    const rows = await warehouse.rows<{ loadId: number }>(fillSlots(loadsAbove, { table }), { load })
    for (const row of rows) found.add(row.loadId)
  }
  if (found.size === 0) return []
  const hidden = await database.write((tx) => adoptUnknown(database, tx, [...found], 'unknown'))
  if (hidden.length > 0) log.warn({ loadIds: hidden }, 'ledger.behind_the_warehouse')
  return hidden
}

/** Numbers given out in the lost time are unknown, so counters continue from the next multiple of this. */
const lostNumbers = 1_000_000

/**
 * Records unknown loads under a batch of their own. Loads that the ledger knows by now are left out, because a load is
 * in the ledger before its first row is in the warehouse.
 * @param state `unknown`: hidden and kept; `forgotten`: removed when no running export may read them
 * @returns the recorded ones
 */
export async function adoptUnknown(
  database: Database,
  tx: Transaction<Tables>,
  loadIds: readonly number[],
  state: 'unknown' | 'forgotten',
): Promise<number[]> {
  await nextValue(tx, 'data_version') // waits for every other change of the ledger
  const known = await tx
    .selectFrom('load')
    .select('load_id')
    .where('load_id', 'in', [...loadIds])
    .execute()
  const unknown = loadIds.filter((id) => !known.some((load) => load.load_id === id)).sort((a, b) => a - b)
  const highest = unknown.at(-1)
  if (highest === undefined) return []
  const before = await readCounters(tx)
  if (highest > before.load) {
    await raiseCounter(tx, 'load', highest)
    for (const name of ['batch', 'data_version'] as const) {
      await raiseCounter(tx, name, Math.ceil((before[name] + 1) / lostNumbers) * lostNumbers)
    }
  }
  const dataVersion = await nextValue(tx, 'data_version')
  const batchId = await insertUnknownBatch(tx, database)
  for (const loadId of unknown) {
    await tx
      .insertInto('load')
      .values({
        load_id: loadId,
        batch_id: batchId,
        state,
        visible_version: null,
        forgotten_version: state === 'forgotten' ? dataVersion : null,
        roll_up: 'none',
      })
      .execute()
  }
  return unknown
}
