import { type SqlBool, sql } from 'kysely'
import type { BatchState, Queries } from '../ports/database/schema.ts'

/** The expression of the index `batch_by_length`; both databases use the index only for these words. */
const lengthMs = sql<number>`(last_time_ms - first_time_ms)`
const hasLength = sql<SqlBool>`(last_time_ms - first_time_ms) >= 0`

/**
 * A bound for the last request of a source's batches whose first request is not after `firstAtMostMs`: the longest
 * batch could begin then. It lets an index end its range, which otherwise goes on to the newest batch.
 * @returns unix ms; without such batches, the given time
 */
export async function lastRequestAtMostMs(
  queries: Pick<Queries, 'selectFrom'>,
  of: { accountId: string; source: string; state: BatchState },
  firstAtMostMs: number,
): Promise<number> {
  const longest = await queries
    .selectFrom('batch')
    .select(lengthMs.as('lengthMs'))
    .where('account_id', '=', of.accountId)
    .where('source', '=', of.source)
    .where('state', '=', of.state)
    .where(hasLength)
    .orderBy(lengthMs, 'desc')
    .limit(1)
    .executeTakeFirst()
  return firstAtMostMs + (longest?.lengthMs ?? 0)
}
