import { taskHasSucceeded } from '../ports/database/partial-indexes.ts'
import type { Queries } from '../ports/database/schema.ts'

/**
 * Bytes of an account's files, and bytes reserved. A task has bytes reserved from its creation to its end, so several
 * tasks at once write no more than one may. A file that grows beyond its reservation asks for more as it is written.
 * Kept logs are among the files, with what those that are written may take.
 */
export type StoredBytes = { files: number; reserved: number }

/** @param exceptTaskId the task whose reservation is not counted */
export async function storedBytes(queries: Queries, accountId: string, exceptTaskId?: string): Promise<StoredBytes> {
  const { files } = await queries
    .selectFrom('export_task')
    .select((eb) => eb.fn.sum<number | null>('artifact_bytes').as('files'))
    .where(taskHasSucceeded)
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  const { reserved } = await queries
    .selectFrom('export_task')
    .select((eb) => eb.fn.sum<number | null>('reserved_bytes').as('reserved'))
    .where('state', 'in', ['waiting', 'processing'])
    .where('account_id', '=', accountId)
    .$if(exceptTaskId !== undefined, (query) => query.where('id', '<>', exceptTaskId ?? ''))
    .executeTakeFirstOrThrow()
  return { files: Number(files ?? 0) + (await keptLogBytes(queries, accountId)), reserved: Number(reserved ?? 0) }
}

/** Bytes of the logs that are kept for an account's sources. */
export async function keptLogBytes(queries: Queries, accountId: string): Promise<number> {
  const { kept } = await queries
    .selectFrom('kept_log')
    .select((eb) => eb.fn.sum<number | null>('bytes').as('kept'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  return Number(kept ?? 0)
}
