import { stat } from 'node:fs/promises'
import { ownersChanged } from '../accounts/account-version.ts'
import { fileSpanOf } from '../coverage/file-span.ts'
import type { Database } from '../database/database.ts'
import type { BatchRow } from '../database/schema.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { finishBatch } from './batch-outcome.ts'
import { sha256Of } from './beginnings.ts'
import { mayNameNow } from './delivery-authority.ts'
import { abandonLoad, beginLoad, makeAllVisible } from './ledger.ts'
import { LedgerMoved } from './ledger-moved.ts'
import { recordSpans } from './write-load.ts'

const noFigures = { lines: 0, requests: 0, rejected_lines: 0, rejected_json: '[]', flux_bytes: 0, end_byte: 0 }

/**
 * Ends a batch without a byte. When its name tells the time it is of, it is a load all the same: it says that nothing was
 * requested then, which may be forgotten like any load. It says nothing of a domain that its key may not deliver.
 * @throws LedgerMoved when that has changed meanwhile
 */
export async function loadEmpty(
  deps: { database: Database; warehouse: Warehouse; nowMs: () => number },
  batch: BatchRow,
  signal: AbortSignal,
): Promise<void> {
  const { database, warehouse, nowMs } = deps
  const content = {
    delivered_bytes: (await stat(batch.content_path)).size,
    content_sha256: sha256Of(Buffer.alloc(0)),
  }
  const loaded = { state: 'loaded', ...noFigures, ...content } as const
  const named = fileSpanOf(batch.name)?.domain
  if (named === undefined || !(await mayNameNow(database.queries, batch, named)))
    return await finishBatch(database, batch.id, loaded)
  const loadId = await beginLoad(database, batch.id)
  try {
    const told = { loadId, source: batch.source, fileName: batch.name, domainOfLines: null, rejectedLines: 0 }
    const span = { ...told, firstTimeMs: null, lastTimeMs: null, writtenAtMs: nowMs() }
    await recordSpans(warehouse, [span], signal)
    await database.write(async (tx) => {
      await makeAllVisible(tx, [loadId], [])
      if (!(await mayNameNow(tx, batch, named))) throw new LedgerMoved()
      await ownersChanged(tx, [named])
      await tx
        .updateTable('batch')
        .set({ ...loaded, loaded_at_ms: database.nowMs, updated_at_ms: database.nowMs })
        .where('id', '=', batch.id)
        .execute()
    })
  } catch (error) {
    await database.write((tx) => abandonLoad(tx, loadId))
    throw error
  }
}
