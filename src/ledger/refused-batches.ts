import { sql } from 'kysely'
import { batchIsRefused } from '../ports/database/partial-indexes.ts'
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
  /** Its requests that no loaded file has, if it was refused because others have the rest; null: not known. */
  newRequests: number | null
}

/** Most refused batches of an account that coverage looks at: its latest. One account cannot crowd out another. */
export const refusedBatchesMax = 2_000

const columns = [
  ...(['id', 'account_id', 'source', 'name', 'default_domain'] as const),
  ...(['error_code', 'error_message', 'updated_at_ms', 'requests', 'overlap_requests'] as const),
]

/** The latest refused batches of each account, the latest first. @param accountIds null: of all */
export async function readRefusedBatches(
  queries: Queries,
  accountIds: readonly string[] | null,
): Promise<RefusedBatch[]> {
  const rows = accountIds === null ? await ofAll(queries) : await ofSome(queries, accountIds)
  rows.sort((a, b) => b.id - a.id)
  return rows.map((row) => ({
    ...{ batchId: row.id, accountId: row.account_id, source: row.source, name: row.name },
    ...{ defaultDomain: row.default_domain, refusedAtMs: row.updated_at_ms },
    ...{ errorCode: row.error_code ?? '', errorMessage: row.error_message ?? '' },
    newRequests: row.overlap_requests === null ? null : (row.requests ?? 0) - row.overlap_requests,
  }))
}

/** Reads each account's latest rows by an index. */
async function ofSome(queries: Queries, accountIds: readonly string[]) {
  const read = (accountId: string) =>
    queries
      .selectFrom('batch')
      .select(columns)
      .where('account_id', '=', accountId)
      .where(batchIsRefused)
      .orderBy('id', 'desc')
      .limit(refusedBatchesMax)
      .execute()
  return (await Promise.all(accountIds.map(read))).flat()
}

/** Reads every refused batch's place among those of its account. */
function ofAll(queries: Queries) {
  const place = sql<number>`row_number() over (partition by account_id order by id desc)`
  const refused = queries
    .selectFrom('batch')
    .select([...columns, place.as('place')])
    .where('state', 'in', ['failed', 'quarantined'])
  return queries.selectFrom(refused.as('refused')).selectAll().where('place', '<=', refusedBatchesMax).execute()
}
