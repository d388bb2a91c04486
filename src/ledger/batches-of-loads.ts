import type { BatchRow, Queries } from '../ports/database/schema.ts'

const columns = [
  'account_id',
  'name',
  'source',
  'format',
  'delivery',
  'pushes',
  'client_addresses',
  'query_strings',
  'created_at_ms',
  'loaded_at_ms',
] as const

/** The batch of a load, as it was delivered; `isCounting` is false for a load that was replaced or forgotten. */
export type BatchOfLoad = Pick<BatchRow, (typeof columns)[number]> & { batchId: number; isCounting: boolean }

/** The batch of each of some loads, by the load's id. */
export async function batchesOfLoads(queries: Queries, loadIds: readonly number[]): Promise<Map<number, BatchOfLoad>> {
  if (loadIds.length === 0) return new Map()
  const rows = await queries
    .selectFrom('load')
    .innerJoin('batch', 'batch.id', 'load.batch_id')
    .select(['load.load_id', 'batch.id as batchId', 'load.state as loadState', ...columns])
    .where('load.load_id', 'in', [...new Set(loadIds)])
    .execute()
  return new Map(
    rows.map(({ load_id: loadId, loadState, ...batch }) => [loadId, { ...batch, isCounting: loadState === 'visible' }]),
  )
}
