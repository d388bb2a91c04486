import type { Database } from '../ports/database/database.ts'
import type { Queries, TaskState } from '../ports/database/schema.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'

/** Somebody may hold the file of a task in these states, or it is being made: its changes can be asked for. */
const withFigures: TaskState[] = ['processing', 'success', 'expired']

/** Loads with requests in a range that began or ceased to count since a data version. */
export type ChangedLoads = { added: number[]; removed: { loadId: number; isPurged: boolean; hasRequests: boolean }[] }

export async function changedLoads(
  queries: Queries,
  sinceVersion: number,
  range: { startTimeMs: number; endTimeMs: number },
): Promise<ChangedLoads> {
  const rows = await queries
    .selectFrom('load')
    .innerJoin('batch', 'batch.id', 'load.batch_id')
    .select(['load.load_id', 'load.state', 'load.visible_version', 'batch.requests'])
    .where('batch.first_time_ms', '<', range.endTimeMs)
    .where('batch.last_time_ms', '>=', range.startTimeMs)
    .where((eb) =>
      eb.or([
        eb.and([eb('load.visible_version', '>', sinceVersion), eb('load.state', '=', 'visible')]),
        eb.and([eb('load.visible_version', '<=', sinceVersion), eb('load.forgotten_version', '>', sinceVersion)]),
      ]),
    )
    .orderBy('load.load_id')
    .execute()
  const isAdded = (row: (typeof rows)[number]) => (row.visible_version ?? 0) > sinceVersion
  return {
    added: rows.filter(isAdded).map((row) => row.load_id),
    removed: rows
      .filter((row) => !isAdded(row))
      .map((row) => ({ loadId: row.load_id, isPurged: row.state === 'purged', hasRequests: (row.requests ?? 0) > 0 })),
  }
}

/**
 * Copies the usage of forgotten loads that some task's file contains, before that usage is removed. It also drops
 * copies that no task needs any more. The function may be killed at any point and repeated.
 */
export async function keepForgottenUsage(
  { database, warehouse }: { database: Database; warehouse: Warehouse },
  loadIds: readonly number[],
): Promise<void> {
  const oldest = await oldestVersion(database)
  const forgotten = await forgottenVersions(database)
  const isAsked = (loadId: number) => (forgotten.get(loadId) ?? 0) > oldest
  const kept = loadIds.filter(isAsked)
  if (kept.length > 0) {
    await warehouse.command(
      `INSERT INTO forgotten_usage (load_id, bucket, domain, service_area, requests, flux_bytes)
       SELECT load_id, bucket, domain, service_area, requests, flux_bytes FROM usage
       WHERE has({loadIds:Array(UInt64)}, load_id)`,
      { loadIds: kept },
    )
  }
  const copies = await warehouse.rows<{ loadId: number }>('SELECT DISTINCT load_id AS loadId FROM forgotten_usage')
  const unasked = copies.map(({ loadId }) => loadId).filter((loadId) => !isAsked(loadId))
  if (unasked.length === 0) return
  await warehouse.command('ALTER TABLE forgotten_usage DELETE WHERE has({loadIds:Array(UInt64)}, load_id)', {
    loadIds: unasked,
  })
}

/** The oldest data version of any task's file. */
async function oldestVersion(database: Database): Promise<number> {
  const oldest = await database.queries
    .selectFrom('export_task')
    .select((eb) => eb.fn.min('data_version').as('dataVersion'))
    .where('state', 'in', withFigures)
    .executeTakeFirst()
  return oldest?.dataVersion ?? Number.POSITIVE_INFINITY
}

/** Data versions at which loads ceased to count, by load id. */
async function forgottenVersions(database: Database): Promise<Map<number, number>> {
  const rows = await database.queries
    .selectFrom('load')
    .select(['load_id', 'forgotten_version'])
    .where('forgotten_version', 'is not', null)
    .execute()
  return new Map(rows.map((row) => [row.load_id, row.forgotten_version ?? 0]))
}
