import type { Transaction } from 'kysely'
import { AppError } from '../errors.ts'
import type { Database } from '../ports/database/database.ts'
import type { Tables } from '../ports/database/schema.ts'
import type { Asked } from '../ports/warehouse/questions.ts'
import { sqlFile } from '../ports/warehouse/sql-file.ts'
import { keepsSince, removedLoads } from './changed-loads.ts'
import { type DataVersion, readDataVersion } from './data-version.ts'

const keptCopies = sqlFile(import.meta.url, './kept-copies.sql')

/** A data version of the past, and the loads that counted in it and were removed since. */
export type PastVersion = { version: DataVersion; removedLoadIds: number[] }

type Range = { startTimeMs: number; endTimeMs: number }

/**
 * A past data version, for a range. Its cadences are those of today.
 * @param shownVersion the number of that version as the asking account is shown it
 * @throws AppError FLUXPORT.0301 when rows of it are removed, and no copy is kept
 */
export async function pinPastVersion(
  tx: Transaction<Tables>,
  { dataVersion, shownVersion, range }: { dataVersion: number; shownVersion: number; range: Range },
): Promise<PastVersion> {
  const now = await readDataVersion(tx)
  const removed = await removedLoads(tx, dataVersion, range)
  // Usage of removed loads is copied for the versions of tasks that have files.
  if (removed.some(({ hasRequests }) => hasRequests) && (await keepsSince(tx)) > dataVersion) throw notKept()
  const last = await tx
    .selectFrom('load')
    .select('load_id')
    .where('visible_version', '<=', dataVersion)
    .orderBy('load_id', 'desc')
    .limit(1)
    .executeTakeFirst()
  const loadIdMax = last?.load_id ?? 0
  const later = await tx
    .selectFrom('load')
    .select('load_id')
    .where('load_id', '<=', loadIdMax)
    .where('visible_version', '>', dataVersion)
    .execute()
  const hidden = new Set([
    ...now.hiddenLoadIds.filter((loadId) => loadId <= loadIdMax),
    ...later.map((row) => row.load_id),
  ])
  return {
    version: {
      ...now,
      dataVersion,
      shownVersion,
      changedAtMs: null,
      loadIdMax,
      hiddenLoadIds: [...hidden].sort((a, b) => a - b),
    },
    removedLoadIds: removed.filter(({ hasRequests }) => hasRequests).map(({ loadId }) => loadId),
  }
}

/**
 * Checks after an answer was read that it had all of its rows.
 * @returns false when loads of the range ceased to count meanwhile: their rows may have been removed half way
 * @throws AppError FLUXPORT.0301 when rows of a past version were removed without a copy
 */
export async function hadAllRows(
  { database, engine }: { database: Database; engine: Asked },
  { version, removedLoadIds }: PastVersion,
  range: Range,
): Promise<boolean> {
  const removed = await removedLoads(database.queries, version.dataVersion, range)
  const withRequests = removed.filter(({ hasRequests }) => hasRequests)
  const known = new Set(removedLoadIds)
  if (withRequests.some(({ loadId }) => !known.has(loadId))) return false
  const purged = withRequests.filter(({ isPurged }) => isPurged).map(({ loadId }) => loadId)
  if (purged.length === 0) return true
  const [found] = await engine.rows<{ loads: number }>(keptCopies, { purged })
  if (found?.loads !== purged.length) throw notKept()
  return true
}

const notKept = () =>
  new AppError(
    'FLUXPORT.0301',
    'The parameter data_version is invalid: logs that counted in it were replaced or forgotten since, and are removed',
  )
