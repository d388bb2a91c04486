import type { Database } from '../ports/database/database.ts'
import type { Queries, TaskState } from '../ports/database/schema.ts'
import { sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'

const insertForgottenUsage = sqlFile(import.meta.url, './insert-forgotten-usage.sql')
const forgottenUsageLoads = sqlFile(import.meta.url, './forgotten-usage-loads.sql')
const deleteForgottenUsage = sqlFile(import.meta.url, './delete-forgotten-usage.sql')

/** Somebody may hold the file of a task in these states, or it is being made: its changes can be asked for. */
const withFigures: TaskState[] = ['processing', 'success', 'expired']

type Range = { startTimeMs: number; endTimeMs: number }
type RemovedLoad = { loadId: number; isPurged: boolean; hasRequests: boolean }

/** Loads with requests in a range that began or ceased to count since a data version. */
export type ChangedLoads = { added: number[]; removed: RemovedLoad[] }

/** One query each, and each by its index: their cost is that of the changes, not of the ledger. */
export async function changedLoads(queries: Queries, sinceVersion: number, range: Range): Promise<ChangedLoads> {
  const begun = await loadsIn(queries, range).where('load.visible_version', '>', sinceVersion).execute()
  return {
    // The state is compared here: SQLite would take the index of all visible loads.
    added: begun
      .filter((row) => row.state === 'visible')
      .map((row) => row.load_id)
      .sort((a, b) => a - b),
    removed: await removedLoads(queries, sinceVersion, range),
  }
}

/** Loads with requests in a range that counted in a data version, and ceased to since; by their ids. */
export async function removedLoads(queries: Queries, sinceVersion: number, range: Range): Promise<RemovedLoad[]> {
  const ended = await loadsIn(queries, range)
    .where('load.forgotten_version', '>', sinceVersion)
    .where('load.visible_version', '<=', sinceVersion)
    .execute()
  return ended
    .map((row) => ({ loadId: row.load_id, isPurged: row.state === 'purged', hasRequests: (row.requests ?? 0) > 0 }))
    .sort((one, other) => one.loadId - other.loadId)
}

const loadsIn = (queries: Queries, range: Range) =>
  queries
    .selectFrom('load')
    .innerJoin('batch', 'batch.id', 'load.batch_id')
    .select(['load.load_id', 'load.state', 'load.visible_version', 'batch.requests'])
    .where('batch.first_time_ms', '<', range.endTimeMs)
    .where('batch.last_time_ms', '>=', range.startTimeMs)

/**
 * Copies the usage of forgotten loads that some task's file contains, before that usage is removed. It also drops
 * copies that no task needs any more. The function may be killed at any point and repeated.
 */
export async function keepForgottenUsage(
  { database, warehouse }: { database: Database; warehouse: Warehouse },
  loadIds: readonly number[],
): Promise<void> {
  const oldest = await keepsSince(database.queries)
  const asked = await forgottenSince(database, oldest)
  const isAsked = (loadId: number) => asked.has(loadId)
  const kept = loadIds.filter(isAsked)
  if (kept.length > 0) await warehouse.command(insertForgottenUsage, { loadIds: kept })
  const copies = await warehouse.rows<{ loadId: number }>(forgottenUsageLoads)
  const unasked = copies.map(({ loadId }) => loadId).filter((loadId) => !isAsked(loadId))
  if (unasked.length > 0) await warehouse.command(deleteForgottenUsage, { loadIds: unasked })
}

/** The oldest data version of any task's file: from it on, usage is copied before it is removed. Infinite without one. */
export async function keepsSince(queries: Queries): Promise<number> {
  const oldest = await queries
    .selectFrom('export_task')
    .select('data_version')
    .where('data_version', 'is not', null)
    .where('state', 'in', withFigures)
    .orderBy('data_version')
    .limit(1)
    .executeTakeFirst()
  return oldest?.data_version ?? Number.POSITIVE_INFINITY
}

/** Loads that ceased to count after a data version. */
async function forgottenSince(database: Database, dataVersion: number): Promise<Set<number>> {
  if (dataVersion === Number.POSITIVE_INFINITY) return new Set()
  const rows = await database.queries
    .selectFrom('load')
    .select('load_id')
    .where('forgotten_version', '>', dataVersion)
    .execute()
  return new Set(rows.map((row) => row.load_id))
}
