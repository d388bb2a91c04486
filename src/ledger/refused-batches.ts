import { sql } from 'kysely'
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

/** Most refused batches of an account that coverage looks at: its latest. One account cannot crowd out another. */
export const refusedBatchesMax = 2_000

/** The latest refused batches of each account, the latest first. @param accountIds null: of all */
export async function readRefusedBatches(
  queries: Queries,
  accountIds: readonly string[] | null,
): Promise<RefusedBatch[]> {
  const place = sql<number>`row_number() over (partition by account_id order by id desc)`
  const refused = queries
    .selectFrom('batch')
    .select(['id', 'account_id', 'source', 'name', 'default_domain', 'error_code', 'error_message', 'updated_at_ms'])
    .select(place.as('place'))
    .where('state', 'in', ['failed', 'quarantined'])
  const asked = accountIds === null ? refused : refused.where('account_id', 'in', [...accountIds])
  const rows = await queries
    .selectFrom(asked.as('refused'))
    .selectAll()
    .where('place', '<=', refusedBatchesMax)
    .orderBy('id', 'desc')
    .execute()
  return rows.map((row) => ({
    ...{ batchId: row.id, accountId: row.account_id, source: row.source, name: row.name },
    ...{ defaultDomain: row.default_domain, refusedAtMs: row.updated_at_ms },
    ...{ errorCode: row.error_code ?? '', errorMessage: row.error_message ?? '' },
  }))
}
