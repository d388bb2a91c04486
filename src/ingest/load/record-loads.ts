import { stat } from 'node:fs/promises'
import type { Transaction } from 'kysely'
import { ownersChanged } from '../../accounts/account-version.ts'
import { namedDomain } from '../../accounts/domain-id.ts'
import { fileSpanOf } from '../../coverage/file-span.ts'
import { assertReplaceable } from '../../ledger/floors.ts'
import { showKeptLogs } from '../../ledger/kept-logs.ts'
import { LedgerMoved } from '../../ledger/ledger-moved.ts'
import { makeAllVisible } from '../../ledger/loads.ts'
import { replaceQuarantined } from '../../ledger/quarantine.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Tables } from '../../ports/database/schema.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import type { StageTimes } from '../../stage-times.ts'
import { beginningsToKeep } from '../identify/beginnings.ts'
import type { Candidate } from '../identify/candidates.ts'
import { type Delivered, knownTo } from '../identify/delivered.ts'
import { assertStillAllowed, hasForbiddenLines, includesAll } from '../identify/delivery-authority.ts'
import { beginningsOf, beginsAlike } from '../identify/known-content.ts'
import { type KeepDeps, keepLogs } from '../keep/keep-logs.ts'
import { loadsThere } from '../overlap/compared.ts'
import { findOverlaps, type Overlap, type Overlaps, overlapError } from '../overlap/overlap.ts'
import { figuresOfBatch, type Planned, type WrittenLoad } from '../overlap/written-load.ts'
import { removeKept } from './quarantine-batch.ts'
import { recordSpans } from './write-load.ts'

type RecordDeps = KeepDeps & { warehouse: Warehouse; nowMs: () => number }

/**
 * Records a load, unless its requests are loaded already. It takes the place of earlier deliveries of the same file that
 * have nothing which it lacks: the file was mended.
 * @throws AppError FLUXPORT.0101 or 0106; LedgerMoved as `recordLoads`
 */
export async function recordIfNew(
  deps: RecordDeps & { stages: Pick<StageTimes, 'ofLoad'> },
  load: WrittenLoad,
  signal: AbortSignal,
): Promise<void> {
  const overlaps = await deps.stages.ofLoad('overlap', () => findOverlaps(deps, [load], signal))
  const overlap = overlaps.found.get(load.loadId)
  const error = overlapError(load, overlap)
  const replaces = error ? (overlap?.replaces ?? []) : []
  const alike = load.planned.alike.find(({ batchId }) => !replaces.includes(batchId))
  if (alike) throw beginsAlike(alike)
  if (error && replaces.length === 0) throw error
  const mended = error ? { ...load, planned: superseding(load.planned, replaces) } : load
  const compared = error ? { ...overlaps, found: new Map() } : overlaps
  await deps.stages.ofLoad('record', () => recordLoads(deps, [mended], compared, signal))
}

const superseding = (planned: Planned, replaces: readonly number[]): Planned => ({
  ...planned,
  supersedes: [...planned.supersedes, ...replaces],
})

/**
 * The one step from "not loaded" to "loaded", for all of these loads or none. Their spans are recorded before, and their
 * bytes kept where their sources want it.
 * @throws LedgerMoved when a plan no longer holds, or further loads must be compared
 */
export async function recordLoads(
  deps: RecordDeps,
  loads: readonly WrittenLoad[],
  overlaps: Overlaps,
  signal: AbortSignal,
): Promise<void> {
  const { database } = deps
  const spans = loads.map((load) => ({ ...spanOf(load), writtenAtMs: deps.nowMs() }))
  const loadIds = loads.map((load) => load.loadId)
  const kept = await keepLogs(deps, loads, signal)
  await recordSpans(deps.warehouse, spans, signal)
  const superseded = loads.flatMap((load) => load.planned.supersedes)
  const deliveredBytes = await Promise.all(loads.map(async ({ file }) => (await stat(file.batch.content_path)).size))
  const dropped = await database.write(async (tx) => {
    await assertReplaceable(tx, superseded)
    await makeAllVisible(tx, loadIds, superseded)
    await assertStillAllowed(tx, loads.map(writtenUnder))
    await assertPlansHold(tx, loads)
    await assertNothingElseToCompare(tx, overlaps)
    const domains = [...new Set(loads.flatMap((load) => load.figures.domains))]
    await recordDomains(tx, database, domains)
    await ownersChanged(tx, [...domains, ...loads.flatMap(domainTold)])
    const replaced: string[] = []
    for (const [index, load] of loads.entries()) {
      const overlap = overlaps.found.get(load.loadId)
      await recordBatch(tx, database, { ...load, overlap, deliveredBytes: deliveredBytes[index] ?? 0 })
      replaced.push(
        ...(await replaceQuarantined(tx, database, { ...load.file.batch, ...figuresOfBatch(load.figures) })),
      )
    }
    await showKeptLogs(tx, kept)
    return replaced
  })
  await removeKept(dropped)
}

const spanOf = ({ loadId, file: { batch, format }, figures }: WrittenLoad) => ({
  loadId,
  accountId: batch.account_id,
  allowedDomains: figures.allowedDomains,
  source: batch.source,
  fileName: batch.name,
  domainOfLines: format.namesDomain ? null : batch.default_domain,
  rejectedLines: figures.rejected_lines ?? 0,
  firstTimeMs: figures.first_time_ms,
  lastTimeMs: figures.last_time_ms,
})

const writtenUnder = (load: WrittenLoad) => ({
  authority: load.file.batch,
  allowed: load.figures.allowedDomains,
  domains: [...load.figures.domains, ...domainTold(load)],
  refusedSome: hasForbiddenLines(load.figures),
})

/**
 * The domains that a file reports on even without a request: its name's, else the batch's. A domain that its key may
 * not deliver is left out.
 */
const domainTold = ({ file: { batch }, figures: { allowedDomains } }: WrittenLoad): string[] => {
  const told = fileSpanOf(batch.name)?.domain ?? batch.default_domain
  return told === null || allowedDomains?.includes(told) === false ? [] : [told]
}

/**
 * `makeAllVisible` has moved the data version and so waits for every other commit: the loaded batches stay fixed until
 * this transaction ends. A plan holds if its candidates are still the present ones.
 */
async function assertPlansHold(tx: Transaction<Tables>, loads: readonly WrittenLoad[]) {
  for (const { file, planned, figures } of loads) {
    if (planned.allowed !== undefined && !isSameSet(planned.allowed, figures.allowedDomains)) throw new LedgerMoved()
    const left = planned.candidates.filter((one) => !planned.supersedes.includes(one.batchId))
    await assertSameCandidates(tx, file, left)
  }
}

const isSameSet = (one: readonly string[] | null, other: readonly string[] | null) =>
  includesAll(one, other) && includesAll(other, one)

/** @throws LedgerMoved when the loaded batches that may hold a file's lines are no longer these */
export async function assertSameCandidates(tx: Transaction<Tables>, file: Delivered, then: readonly Candidate[]) {
  const idsOf = (candidates: readonly Candidate[]) => candidates.map((one) => one.batchId).join()
  if (idsOf(await knownTo(tx, file)) !== idsOf(then)) throw new LedgerMoved()
}

async function assertNothingElseToCompare(tx: Transaction<Tables>, { compared }: Overlaps) {
  for (const then of compared) {
    const now = await loadsThere(tx, then)
    if (now.some((loadId) => !then.loadIds.includes(loadId))) throw new LedgerMoved()
  }
}

async function recordDomains(tx: Transaction<Tables>, database: Database, names: string[]) {
  for (const name of names) {
    await tx
      .insertInto('domain')
      .values({ ...namedDomain(name), account_id: null, created_at_ms: database.nowMs })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

type Recorded = WrittenLoad & { overlap: Overlap | undefined; deliveredBytes: number }

async function recordBatch(tx: Transaction<Tables>, database: Database, load: Recorded) {
  const { file, scan, planned, overlap } = load
  const { allowedDomains } = load.figures
  const counts = figuresOfBatch(load.figures)
  const isFiltered = file.batch.delivery === 'file' && hasForbiddenLines(counts)
  const known = beginningsToKeep(file.head, beginningsOf(scan, planned.candidates))
  await tx
    .updateTable('batch')
    .set({
      ...counts,
      state: 'loaded',
      format: file.format.name,
      written_domains_json: isFiltered ? JSON.stringify(allowedDomains) : null,
      ranges_json: JSON.stringify(planned.ranges),
      end_byte: scan.sizeBytes,
      content_sha256: scan.sha256,
      head_sha256: file.head.sha256,
      first_line_sha256: file.head.firstLineSha256,
      beginnings_json: JSON.stringify(known),
      delivered_bytes: load.deliveredBytes,
      overlap_requests: overlap?.requests ?? null,
      overlap_batches_json: overlap ? JSON.stringify(overlap.batchIds) : null,
      ends_with_newline: scan.endsWithNewline ? 1 : 0,
      error_code: null,
      error_message: null,
      loaded_at_ms: database.nowMs,
      updated_at_ms: database.nowMs,
    })
    .where('id', '=', file.batch.id)
    .execute()
}
