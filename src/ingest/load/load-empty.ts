import { stat } from 'node:fs/promises'
import { ownersChanged } from '../../accounts/account-version.ts'
import { mayDeliver } from '../../coverage/allowed-sets.ts'
import { fileSpanOf } from '../../coverage/file-span.ts'
import { AppError } from '../../errors.ts'
import { finishBatch } from '../../ledger/batch-outcome.ts'
import { LedgerMoved } from '../../ledger/ledger-moved.ts'
import { abandonLoad, beginLoad, makeAllVisible } from '../../ledger/loads.ts'
import type { Database } from '../../ports/database/database.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import { sha256Of } from '../identify/beginnings.ts'
import { allowedNow, mayNameNow } from '../identify/delivery-authority.ts'
import { recordSpans } from './write-load.ts'

const noLines = { lines: 0, requests: 0, rejected_lines: 0, header_lines: 0 }
const noFigures = { ...noLines, rejected_json: '[]', flux_bytes: 0, end_byte: 0 }

/**
 * Ends a batch without a byte. If its name gives a time and a domain, it becomes a load nevertheless: it reports that
 * nothing was requested then, and may be forgotten like any load.
 * @throws AppError FLUXPORT.0107 when its key may not deliver that domain; LedgerMoved when the key's domains have
 *   changed meanwhile
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
  if (named === undefined) return await finishBatch(database, batch.id, loaded)
  const allowedDomains = await allowedNow(database.queries, batch)
  if (!mayDeliver(allowedDomains, named)) throw mayNotReport(named)
  const loadId = await beginLoad(database, batch.id)
  try {
    const whose = { accountId: batch.account_id, source: batch.source, allowedDomains }
    const told = { loadId, ...whose, fileName: batch.name, domainOfLines: null, rejectedLines: 0 }
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

/** The same error for another account's domain and for an unknown one. */
const mayNotReport = (domain: string) =>
  new AppError(
    'FLUXPORT.0107',
    `The file is empty, and its name says that it is of ${domain}, which this access key may not deliver`,
  )
