import { lastRequestAtMostMs } from '../../ledger/batch-ends.ts'
import type { Queries } from '../../ports/database/schema.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import type { WrittenLoad } from './written-load.ts'

/**
 * One source's visible loads with requests between `firstMs` and `lastMs`, unix ms, except those of `exceptBatches`.
 */
export type Place = { accountId: string; source: string; firstMs: number; lastMs: number; exceptBatches: number[] }

/** As `Place`, with the ids of its loads, ascending. */
export type Compared = Place & { loadIds: number[] }

/** From the loads' first to their last request, widened to whole buckets; null when they have no request. */
export function timesOf(loads: readonly WrittenLoad[]): { firstMs: number; lastMs: number } | null {
  const first = loads.flatMap((load) => load.figures.first_time_ms ?? [])
  const last = loads.flatMap((load) => load.figures.last_time_ms ?? [])
  if (first.length === 0) return null
  const firstMs = Math.floor(Math.min(...first) / bucketMs) * bucketMs
  return { firstMs, lastMs: (Math.floor(Math.max(...last) / bucketMs) + 1) * bucketMs - 1 }
}

/** Ids of the place's present loads, ascending. */
export async function loadsThere(
  queries: Pick<Queries, 'selectFrom'>,
  { accountId, source, firstMs, lastMs, exceptBatches }: Place,
): Promise<number[]> {
  const of = { accountId, source, state: 'loaded' } as const
  const rows = await queries
    .selectFrom('batch')
    .crossJoin('load') // SQLite keeps the order of a cross join: with an inner one it walked all counting loads
    .select(['load.load_id', 'batch.id'])
    .whereRef('load.batch_id', '=', 'batch.id')
    .where('batch.account_id', '=', accountId)
    .where('batch.source', '=', source)
    .where('batch.state', '=', 'loaded')
    .where('batch.last_time_ms', '>=', firstMs)
    .where('batch.last_time_ms', '<=', await lastRequestAtMostMs(queries, of, lastMs))
    .where('batch.first_time_ms', '<=', lastMs)
    .where('load.state', '=', 'visible')
    .orderBy('load.load_id')
    .execute()
  return rows.filter((row) => !exceptBatches.includes(row.id)).map((row) => row.load_id)
}
