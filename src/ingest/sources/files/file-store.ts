import type { Transaction } from 'kysely'
import type { Database } from '../../../ports/database/database.ts'
import type { BatchState, Tables } from '../../../ports/database/schema.ts'
import type { LogSourceRow, SourceFileRow } from '../../../ports/database/source-rows.ts'

/** A source, and the data directory whose process watches it. */
export type SourceKey = { owner: string; name: string }

/** Total numbers of a source's files by outcome. */
export type FileCounts = Pick<LogSourceRow, 'files_loaded' | 'files_duplicate' | 'files_failed'>

/** A source's row; it is made at its first start. */
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

/** Every known file of a source, by its path. @param only `to-do` limits to files as in `hasToDo` */
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

/** True if a file waits for its batch, has failed, or could not be put away. */
export const hasToDo = (row: SourceFileRow): boolean => row.state !== 'loaded' || row.error_code !== null

/** Records files, replacing their earlier rows. */
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

/** Forgets files that were put away, or are long gone. */
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

/** A handed-over file, and the outcome of its batch. */
export type EndedFile = SourceFileRow & {
  batch_state: BatchState
  batch_error_code: string | null
  batch_error_message: string | null
}

/** Handed-over files whose batches have ended, oldest first, at most `limit`. */
export const endedFiles = (database: Database, key: SourceKey, limit: number): Promise<EndedFile[]> =>
  database.queries
    .selectFrom('source_file')
    .innerJoin('batch', 'batch.id', 'source_file.batch_id')
    .selectAll('source_file')
    .select(['batch.state as batch_state', 'batch.error_code as batch_error_code'])
    .select('batch.error_message as batch_error_message')
    .where('source_file.owner', '=', key.owner)
    .where('source_file.source_name', '=', key.name)
    .where((eb) =>
      eb.or([
        eb.and([
          eb('source_file.state', '=', 'queued'),
          eb('batch.state', 'in', ['loaded', 'duplicate', 'failed', 'quarantined', 'forgotten']),
        ]),
        // A quarantined batch is a failure of its file, until somebody accepts it.
        eb.and([eb('source_file.state', '=', 'failed'), eb('batch.state', 'in', ['loaded', 'duplicate'])]),
      ]),
    )
    .orderBy('batch.id')
    .limit(limit)
    .execute()
