import type { Database } from '../ports/database/database.ts'
import { taskIsProcessing } from '../ports/database/partial-indexes.ts'
import { pinsHeld } from './pins-held.ts'

/**
 * Loads whose rows may be removed: given up, or forgotten before the data version of every running export and backup.
 * A task that pinned an older version still reads them.
 */
export async function purgeableLoads(database: Database): Promise<number[]> {
  // Loads are read before the pins: by now an export that pinned an earlier version than the forgetting is recorded.
  const rows = await database.queries
    .selectFrom('load')
    .innerJoin('batch', 'batch.id', 'load.batch_id')
    .select(['load.load_id', 'load.state', 'load.forgotten_version'])
    .where('load.state', 'in', ['dead', 'forgotten'])
    .where('load.roll_up', '<>', 'running') // its roll-up may still write rows
    .where('batch.state', '<>', 'quarantined') // its rejected lines are shown until somebody decides
    .execute()
  const running = await database.queries
    .selectFrom('export_task')
    .select('data_version')
    .where(taskIsProcessing)
    .execute()
  const never = Number.POSITIVE_INFINITY
  const pins = [...running.map((task) => task.data_version), (await pinsHeld(database)).dataVersion]
  const pinned = Math.min(...pins.map((version) => version ?? never))
  return rows
    .filter((load) => load.state === 'dead' || (load.forgotten_version ?? 0) <= pinned)
    .map((load) => load.load_id)
}

/** Records that these loads have no rows left in the warehouse. */
export async function markPurged(database: Database, loadIds: readonly number[]): Promise<void> {
  await database.queries
    .updateTable('load')
    .set({ state: 'purged' })
    .where('load_id', 'in', [...loadIds])
    .where('state', 'in', ['dead', 'forgotten'])
    .execute()
}
