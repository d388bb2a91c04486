import type { Transaction } from 'kysely'
import type { Database } from '../../../ports/database/database.ts'
import type { BatchState, Tables } from '../../../ports/database/schema.ts'
import type { LogSourceRow, SourceFileRow } from '../../../ports/database/source-rows.ts'

/** Which data directory's process watches which source. */
export type SourceKey = { owner: string; name: string }

/** How many files of a source have ended in each way, ever. */
export type FileCounts = Pick<LogSourceRow, 'files_loaded' | 'files_duplicate' | 'files_failed'>

/** A source's row, made at its first start. */
export async function openSource(database: Database, key: SourceKey): Promise<LogSourceRow> {
  const counts: FileCounts = { files_loaded: 0, files_duplicate: 0, files_failed: 0 }
  await database.queries
    .insertInto('log_source')
    .values({ ...key, ...counts, cursor: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return await database.queries
    .selectFrom('log_source')
    .selectAll()
    .where('owner', '=', key.owner)
    .where('name', '=', key.name)
    .executeTakeFirstOrThrow()
}

/** Every file of a source that is known, by its path. @param only those with something to do: `hasToDo` */
export async function knownFiles(
  database: Database,
  key: SourceKey,
  only: 'all' | 'to-do',
): Promise<Map<string, SourceFileRow>> {
  const rows = await database.queries
    .selectFrom('source_file')
    .selectAll()
    .where('owner', '=', key.owner)
    .where('source_name', '=', key.name)
    .$if(only === 'to-do', (query) =>
      query.where((eb) => eb.or([eb('state', '!=', 'loaded'), eb('error_code', 'is not', null)])),
    )
    .execute()
  return new Map(rows.map((row) => [row.path, row]))
}

/** Whether a file waits for its batch, or has failed, or could not be put away. */
export const hasToDo = (row: SourceFileRow): boolean => row.state !== 'loaded' || row.error_code !== null

/** Records files as they are now, in place of what was known of them. */
export async function recordFiles(tx: Transaction<Tables>, rows: readonly SourceFileRow[]): Promise<void> {
  for (const row of rows) {
    const { owner, source_name, path, ...changed } = row
    await tx
      .insertInto('source_file')
      .values(row)
      .onConflict((conflict) => conflict.columns(['owner', 'source_name', 'path']).doUpdateSet(changed))
      .execute()
  }
}

/** Forgets what was known of files: they are put away, or gone for long. */
export async function dropFiles(tx: Transaction<Tables>, key: SourceKey, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await tx
      .deleteFrom('source_file')
      .where('owner', '=', key.owner)
      .where('source_name', '=', key.name)
      .where('path', '=', path)
      .execute()
  }
}

/** Adds to a source's counts. */
export async function addToCounts(tx: Transaction<Tables>, key: SourceKey, more: FileCounts): Promise<void> {
  await tx
    .updateTable('log_source')
    .set((eb) => ({
      files_loaded: eb('files_loaded', '+', more.files_loaded),
      files_duplicate: eb('files_duplicate', '+', more.files_duplicate),
      files_failed: eb('files_failed', '+', more.files_failed),
    }))
    .where('owner', '=', key.owner)
    .where('name', '=', key.name)
    .execute()
}

/** A file that was handed over, and how its batch has ended. */
export type EndedFile = SourceFileRow & {
  batch_state: BatchState
  batch_error_code: string | null
  batch_error_message: string | null
}

/** Files that were handed over and whose batches have ended; the oldest first, `limit` at most. */
export const endedFiles = (database: Database, key: SourceKey, limit: number): Promise<EndedFile[]> =>
  database.queries
    .selectFrom('source_file')
    .innerJoin('batch', 'batch.id', 'source_file.batch_id')
    .selectAll('source_file')
    .select(['batch.state as batch_state', 'batch.error_code as batch_error_code'])
    .select('batch.error_message as batch_error_message')
    .where('source_file.owner', '=', key.owner)
    .where('source_file.source_name', '=', key.name)
    .where('source_file.state', '=', 'queued')
    .where('batch.state', 'in', ['loaded', 'duplicate', 'failed', 'forgotten'])
    .orderBy('batch.id')
    .limit(limit)
    .execute()
