import { stat } from 'node:fs/promises'
import type { Transaction } from 'kysely'
import { recordLoadSpans } from '../coverage/load-spans.ts'
import type { Database } from '../database/database.ts'
import type { Tables } from '../database/schema.ts'
import { assertReplaceable } from '../retention/floors.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import type { Candidate } from './batch-store.ts'
import { beginningsToKeep } from './beginnings.ts'
import type { ContentScan } from './content.ts'
import { type Delivered, knownTo } from './delivered.ts'
import type { ByteRange } from './delivery-plan.ts'
import { beginningsOf } from './known-content.ts'
import { makeAllVisible } from './ledger.ts'
import type { LoadFigures } from './write-load.ts'

/** Another process loaded some of the same bytes meanwhile. */
export class LedgerMoved extends Error {}

/** What is to be loaded, and the batches that were looked at to say so. */
export type Planned = { ranges: ByteRange[]; supersedes: number[]; candidates: Candidate[] }

/** A load whose rows are all in the warehouse. */
export type WrittenLoad = {
  file: Delivered
  loadId: number
  scan: ContentScan
  planned: Planned
  figures: LoadFigures
}

/**
 * The one step from "not loaded" to "loaded", for all of these loads or none; what they say of their sources comes before.
 * @throws LedgerMoved when a plan does not hold any more
 */
export async function recordLoads(
  deps: { database: Database; warehouse: Warehouse; nowMs: () => number },
  loads: readonly WrittenLoad[],
): Promise<void> {
  const { database } = deps
  const spans = loads.map((load) => ({ ...spanOf(load), writtenAtMs: deps.nowMs() }))
  await recordLoadSpans(deps.warehouse, spans)
  const loadIds = loads.map((load) => load.loadId)
  const superseded = loads.flatMap((load) => load.planned.supersedes)
  const deliveredBytes = await Promise.all(loads.map(async ({ file }) => (await stat(file.batch.content_path)).size))
  await database.write(async (tx) => {
    await assertReplaceable(tx, superseded)
    await makeAllVisible(tx, loadIds, superseded)
    await assertPlansHold(tx, loads)
    await recordDomains(tx, database, [...new Set(loads.flatMap((load) => load.figures.domains))])
    for (const [index, load] of loads.entries()) await recordBatch(tx, database, load, deliveredBytes[index] ?? 0)
  })
}

const spanOf = ({ loadId, file: { batch, format }, figures }: WrittenLoad) => ({
  loadId,
  source: batch.source,
  fileName: batch.name,
  domainOfLines: format.namesDomain ? null : batch.default_domain,
  rejectedLines: figures.rejected_lines ?? 0,
  firstTimeMs: figures.first_time_ms,
  lastTimeMs: figures.last_time_ms,
})

/**
 * `makeAllVisible` has moved the data version, and with it waits for every other commit: what is loaded is final until
 * this transaction ends. A plan holds when the batches it was made from are those there are.
 */
async function assertPlansHold(tx: Transaction<Tables>, loads: readonly WrittenLoad[]) {
  for (const { file, planned } of loads) {
    const now = (await knownTo(tx, file)).map((candidate) => candidate.batchId)
    const then = planned.candidates.map((c) => c.batchId).filter((id) => !planned.supersedes.includes(id))
    if (now.join() !== then.join()) throw new LedgerMoved()
  }
}

async function recordDomains(tx: Transaction<Tables>, database: Database, names: string[]) {
  for (const name of names) {
    await tx
      .insertInto('domain')
      .values({ name, account_id: null, created_at_ms: database.nowMs as unknown as number })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

async function recordBatch(tx: Transaction<Tables>, database: Database, load: WrittenLoad, deliveredBytes: number) {
  const { file, scan, planned } = load
  const { domains: _domains, tooOldForMs: _tooOld, ...counts } = load.figures
  const known = beginningsToKeep(file.head, beginningsOf(scan, planned.candidates))
  await tx
    .updateTable('batch')
    .set({
      ...counts,
      state: 'loaded',
      format: file.format.name,
      ranges_json: JSON.stringify(planned.ranges),
      end_byte: scan.sizeBytes,
      content_sha256: scan.sha256,
      head_sha256: file.head.sha256,
      first_line_sha256: file.head.firstLineSha256,
      beginnings_json: JSON.stringify(known),
      delivered_bytes: deliveredBytes,
      ends_with_newline: scan.endsWithNewline ? 1 : 0,
      error_code: null,
      error_message: null,
      loaded_at_ms: database.nowMs,
      updated_at_ms: database.nowMs,
    })
    .where('id', '=', file.batch.id)
    .execute()
}
