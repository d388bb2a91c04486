import type { Transaction } from 'kysely'
import type { Database } from '../ports/database/database.ts'
import type { BatchRow, Tables } from '../ports/database/schema.ts'
import { coverageChanged, openStates } from './batch-outcome.ts'
import { freeKeys } from './push-keys.ts'

/**
 * Quarantined batches: too many of their lines were rejected. Nothing of one counts, and its bytes are kept, until
 * somebody accepts it, forgets it, or delivers the file again.
 */

/** The figures of a quarantined batch as judged, and the path of its kept bytes. */
export type Quarantine = Partial<BatchRow> & Pick<BatchRow, 'content_path' | 'error_code' | 'error_message'>

/** A delivered file, and the times of its requests, unix ms; null: none. */
export type DeliveredFile = Pick<BatchRow, 'id' | 'account_id' | 'source' | 'name' | 'delivery' | 'loaded_by'> &
  Pick<BatchRow, 'first_time_ms' | 'last_time_ms' | 'allowed_domains_json'>

/** Quarantines a batch whose load was given up, unless it has ended already. */
export async function quarantineBatch(
  tx: Transaction<Tables>,
  database: Database,
  batchId: number,
  quarantine: Quarantine,
): Promise<void> {
  const changed = await tx
    .updateTable('batch')
    .set({ ...quarantine, state: 'quarantined', content_is_spooled: 1, updated_at_ms: database.nowMs })
    .where('id', '=', batchId)
    .where('state', 'in', openStates)
    .executeTakeFirst()
  if (changed.numUpdatedRows > 0n) await coverageChanged(tx, batchId)
}

/**
 * Queues a quarantined batch without a limit on its rejected lines; the loader counts it like every batch.
 * @returns false when it is not quarantined (any more): of two that accept it at once, one does
 */
export async function acceptBatch(database: Database, batchId: number): Promise<boolean> {
  const again = { rejected_percent_max: 100, attempts: 0, error_code: null, error_message: null }
  const accepted = await database.queries
    .updateTable('batch')
    .set({ ...again, state: 'queued', updated_at_ms: database.nowMs })
    .where('id', '=', batchId)
    .where('state', '=', 'quarantined')
    .executeTakeFirst()
  return accepted.numUpdatedRows > 0n
}

/**
 * Drops a quarantined or failed batch: its bytes and keys may be sent again, and coverage does not wait for it.
 * @returns false when it is in another state
 */
export const dropRefused = (database: Database, batchId: number): Promise<boolean> =>
  database.write((tx) => dropIn(tx, database, batchId, null))

async function dropIn(
  tx: Transaction<Tables>,
  database: Database,
  batchId: number,
  error_message: string | null,
): Promise<boolean> {
  const reason = error_message === null ? {} : { error_message }
  const dropped = await tx
    .updateTable('batch')
    .set({ ...reason, state: 'forgotten', idempotency_key: null, updated_at_ms: database.nowMs })
    .where('id', '=', batchId)
    .where('state', 'in', ['quarantined', 'failed'])
    .executeTakeFirst()
  if (dropped.numUpdatedRows === 0n) return false
  await freeKeys(tx, batchId)
  await coverageChanged(tx, batchId)
  return true
}

/**
 * Drops quarantined deliveries of a file that was delivered again: same account, source and name, and requests of the
 * same time. A log that is rotated keeps its name too, but not its times.
 * @returns paths of their kept bytes, to be removed once `tx` is committed
 */
export async function replaceQuarantined(
  tx: Transaction<Tables>,
  database: Database,
  file: DeliveredFile,
): Promise<string[]> {
  if (file.delivery !== 'file' || file.first_time_ms === null || file.last_time_ms === null) return []
  // A key of some domains alone must not drop what others have delivered.
  const isLimited = file.allowed_domains_json !== null
  const earlier = await tx
    .selectFrom('batch')
    .select(['id', 'content_path'])
    .where('state', '=', 'quarantined')
    .where('account_id', '=', file.account_id)
    .where('source', '=', file.source)
    .where('name', '=', file.name)
    .where('delivery', '=', 'file')
    .$if(isLimited, (query) => query.where('loaded_by', '=', file.loaded_by))
    .where('id', '<', file.id)
    .where((eb) =>
      eb.or([
        eb('first_time_ms', '=', file.first_time_ms),
        eb.and([eb('first_time_ms', '<', file.last_time_ms), eb('last_time_ms', '>', file.first_time_ms)]),
      ]),
    )
    .execute()
  const paths: string[] = []
  for (const { id, content_path: path } of earlier)
    if (await dropIn(tx, database, id, `Batch ${file.id} has taken its place`)) paths.push(path)
  return paths
}
