import type { Transaction } from 'kysely'
import { ownersChanged } from '../accounts/account-version.ts'
import { type Database, nextValue } from '../ports/database/database.ts'
import type { BatchRow, Queries, Tables } from '../ports/database/schema.ts'
import { lastRequestAtMostMs } from './batch-ends.ts'
import { hideBatch } from './loads.ts'

/** Batches of one account's source. */
export type SourceOfBatches = { accountId: string; source: string }

export type ListedBatch = Pick<
  BatchRow,
  'id' | 'name' | 'state' | 'requests' | 'flux_bytes' | 'first_time_ms' | 'last_time_ms' | 'content_path'
>

/** A source's batches that count or are quarantined, and touch [startMs, endMs) or have no request. By id. */
export async function batchesTouching(
  queries: Queries | Transaction<Tables>,
  { accountId, source }: SourceOfBatches,
  { startMs, endMs }: { startMs: number; endMs: number },
): Promise<ListedBatch[]> {
  const found: ListedBatch[] = []
  for (const state of ['loaded', 'quarantined'] as const) {
    const ofState = queries
      .selectFrom('batch')
      .select(['id', 'name', 'state', 'requests', 'flux_bytes', 'first_time_ms', 'last_time_ms', 'content_path'])
      .where('account_id', '=', accountId)
      .where('source', '=', source)
      .where('state', '=', state)
    const lastMs = await lastRequestAtMostMs(queries, { accountId, source, state }, endMs)
    found.push(
      ...(await ofState.where('last_time_ms', 'is', null).execute()),
      ...(await ofState
        .where('last_time_ms', '>=', startMs)
        .where('last_time_ms', '<=', lastMs)
        .where('first_time_ms', '<', endMs)
        .execute()),
    )
  }
  return found.sort((one, other) => one.id - other.id)
}

/**
 * Ends the contributions of batches in one step of the data version.
 * @param domains that have requests in them (told-domains.ts)
 * @returns those that counted until now
 */
export async function forgetBatches(
  database: Database,
  batchIds: readonly number[],
  domains: readonly string[],
): Promise<number[]> {
  if (batchIds.length === 0) return []
  return await database.write(async (tx) => {
    const dataVersion = await nextValue(tx, 'data_version')
    const forgotten: number[] = []
    for (const id of batchIds) if (await hideBatch(tx, id, dataVersion)) forgotten.push(id)
    await ownersChanged(tx, domains)
    return forgotten
  })
}
