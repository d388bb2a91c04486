import type { Queries } from '../ports/database/schema.ts'

/** A batch that came and was not taken, so that its lines do not count. Times are unix ms. */
export type RefusedBatch = {
  batchId: number
  accountId: string
  source: string
  /** The file's name without its directory. */
  name: string
  /** The domain of lines that name none; null if none was given. */
  defaultDomain: string | null
  errorCode: string
  errorMessage: string
  refusedAtMs: number
}

/** Most refused batches that coverage looks at: the latest. */
export const refusedBatchesMax = 10_000

/** The latest refused batches of some accounts, the latest first. @param accountIds null: of all */
export async function readRefusedBatches(
  queries: Queries,
  accountIds: readonly string[] | null,
): Promise<RefusedBatch[]> {
  const failed = queries
    .selectFrom('batch')
    .select(['id', 'account_id', 'source', 'name', 'default_domain', 'error_code', 'error_message', 'updated_at_ms'])
    .where('state', 'in', ['failed', 'quarantined'])
  const rows = await (accountIds === null ? failed : failed.where('account_id', 'in', [...accountIds]))
    .orderBy('id', 'desc')
    .limit(refusedBatchesMax)
    .execute()
  return rows.map((row) => ({
    ...{ batchId: row.id, accountId: row.account_id, source: row.source, name: row.name },
    ...{ defaultDomain: row.default_domain, refusedAtMs: row.updated_at_ms },
    ...{ errorCode: row.error_code ?? '', errorMessage: row.error_message ?? '' },
  }))
}
