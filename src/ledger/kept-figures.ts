import type { Queries } from '../ports/database/schema.ts'
import type { KeptSource } from './log-keeping.ts'

/** Numbers of the log files that are kept of a source now, or were missed; and bytes of the kept ones. */
export async function figuresOfKept(queries: Queries, { accountId, source }: KeptSource) {
  const rows = await queries
    .selectFrom('kept_log')
    .select((eb) => ['state', eb.fn.countAll<number>().as('files'), eb.fn.sum<number | null>('bytes').as('bytes')])
    .where('account_id', '=', accountId)
    .where('source', '=', source)
    .groupBy('state')
    .execute()
  const of = (state: string) => rows.find((row) => row.state === state)
  return {
    files: Number(of('kept')?.files ?? 0),
    size: Number(of('kept')?.bytes ?? 0),
    missed: Number(of('missed')?.files ?? 0),
  }
}

/** The log file of a batch: kept until then, or missed. */
export type KeptOfBatch = { state: 'kept' | 'missed'; size: number; until_time: number }

/** The files of batches, by their ids. */
export async function keptOfBatches(queries: Queries, batchIds: readonly number[]): Promise<Map<number, KeptOfBatch>> {
  if (batchIds.length === 0) return new Map()
  const rows = await queries
    .selectFrom('kept_log')
    .select(['batch_id', 'state', 'bytes', 'until_ms'])
    .where('batch_id', 'in', [...batchIds])
    .where('state', 'in', ['kept', 'missed'])
    .execute()
  return new Map(
    rows.map((row) => [
      row.batch_id,
      { state: row.state as KeptOfBatch['state'], size: row.bytes, until_time: row.until_ms },
    ]),
  )
}
