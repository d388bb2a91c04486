import type { WholeNumber } from '../../exact-json.ts'
import type { Queries } from '../../ports/database/schema.ts'

/** A load with the ledger's figures. */
export type LedgerLoad = {
  loadId: number
  batchId: number
  name: string
  state: string
  rollUp: string
  requests: number
  fluxBytes: WholeNumber
  /** With headers and blank lines, as the warehouse has them. */
  rejectedLines: number
  firstTimeMs: number | null
  lastTimeMs: number | null
}

/** Every load of the ledger, by its id. */
export async function readLedgerLoads(queries: Queries): Promise<Map<number, LedgerLoad>> {
  const rows = await queries
    .selectFrom('load')
    .innerJoin('batch', 'batch.id', 'load.batch_id')
    .select(['load.load_id', 'load.batch_id', 'load.state', 'load.roll_up'])
    .select(['batch.name', 'batch.requests', 'batch.flux_bytes', 'batch.rejected_lines', 'batch.header_lines'])
    .select(['batch.first_time_ms', 'batch.last_time_ms'])
    .execute()
  return new Map(
    rows.map((row) => [
      row.load_id,
      {
        loadId: row.load_id,
        batchId: row.batch_id,
        name: row.name,
        state: row.state,
        rollUp: row.roll_up,
        requests: row.requests ?? 0,
        fluxBytes: row.flux_bytes ?? 0,
        rejectedLines: (row.rejected_lines ?? 0) + (row.header_lines ?? 0),
        firstTimeMs: row.first_time_ms,
        lastTimeMs: row.last_time_ms,
      },
    ]),
  )
}
