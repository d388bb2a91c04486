import { stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Transaction } from 'kysely'
import type { Database } from '../database/database.ts'
import type { BatchRow, Tables } from '../database/schema.ts'
import { AppError } from '../errors.ts'
import { assertReplaceable } from '../retention/floors.ts'
import type { LogContent, Warehouse } from '../warehouse/warehouse.ts'
import { type Candidate, finishBatch } from './batch-store.ts'
import { beginningsToKeep, type Head, headOf, sha256Of } from './beginnings.ts'
import { type ContentScan, contentSample, copyRanges, endOfLastLine, fileIdentity, scanContent } from './content.ts'
import type { ByteRange } from './delivery-plan.ts'
import { formatByName, type LogFormat, recogniseFormat } from './formats/log-format.ts'
import { beginningsOf, candidatesFor, planOf } from './known-content.ts'
import { abandonLoad, beginLoad, makeVisible } from './ledger.ts'
import { type LoadFigures, writeLoad } from './write-load.ts'

export type LoadDeps = {
  database: Database
  warehouse: Warehouse
  spoolDirectory: string
  contentBytesMax: number
  formats: readonly LogFormat[]
  nowMs: () => number
}

/** The content was written to while it was read: what was loaded is not what was hashed. */
class ContentChanged extends Error {}
/** Another process loaded some of the same bytes meanwhile. */
class LedgerMoved extends Error {}

/**
 * Loads a batch to its end: loaded, duplicate, or a failure thrown. Exactly once: rows are written under a fresh load id
 * and count from one transaction on, in which the plan is looked at again.
 * @throws AppError what the batch's sender did wrong; WarehouseUnavailable when it should be tried again
 */
export async function loadBatch(deps: LoadDeps, batch: BatchRow, signal: AbortSignal): Promise<void> {
  const content: LogContent = { path: batch.content_path, compression: batch.compression }
  try {
    await whileLedgerMoves(() => loadContent(deps, batch, content, signal))
  } catch (error) {
    if (!(error instanceof ContentChanged)) throw error
    const frozen = await freeze(deps, batch, content)
    try {
      await whileLedgerMoves(() => loadContent(deps, batch, frozen, signal))
    } finally {
      await unlink(frozen.path)
    }
  }
}

async function whileLedgerMoves(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof LedgerMoved)) throw error
    }
  }
}

async function loadContent(deps: LoadDeps, batch: BatchRow, content: LogContent, signal: AbortSignal) {
  const identity = await fileIdentity(content.path)
  const { sample, isWhole } = await contentSample(content)
  if (sample.length === 0) return await finishEmpty(deps.database, batch)
  const format = formatOf(deps.formats, batch, sample, isWhole)
  const unchanged = async () => {
    if ((await fileIdentity(content.path)) !== identity) throw new ContentChanged()
  }
  const file: Delivered = { batch, content, format, head: headOf(sample), sample, unchanged }
  const candidates = batch.delivery === 'file' ? await candidatesFor(deps.database.queries, file) : []
  if (candidates.length === 0) return await loadUnknown(deps, file, signal)
  const scan = await scanContent(
    content,
    candidates.map((c) => c.endByte),
    { ...deps, signal },
  )
  const plan = planOf(batch, scan, candidates)
  if (plan.kind === 'duplicate') return await finishDuplicate(deps, file, scan, plan.batchId)
  await unchanged()
  await loadRanges(deps, file, scan, { ...plan, candidates }, signal)
}

type Delivered = {
  batch: BatchRow
  content: LogContent
  format: LogFormat
  head: Head
  sample: Buffer
  unchanged: () => Promise<void>
}

/** What is to be loaded, and the batches that were looked at to say so. */
type Planned = { ranges: ByteRange[]; supersedes: number[]; candidates: Candidate[] }

/** Nothing loaded begins like this content, so all of it is new: it is hashed while the engine loads it. */
async function loadUnknown(deps: LoadDeps, file: Delivered, signal: AbortSignal) {
  const failure = new AbortController()
  const either = AbortSignal.any([signal, failure.signal])
  const scanning = scanContent(file.content, [], { ...deps, signal: either })
  scanning.catch((error) => failure.abort(error))
  const loadId = await beginLoad(deps.database, file.batch.id)
  try {
    const figures = await writeLoad(deps, { ...file, loadId, linesBefore: 0 }, either)
    const scan = await scanning
    await file.unchanged()
    const planned: Planned = { ranges: [[0, scan.sizeBytes]], supersedes: [], candidates: [] }
    await commit(deps.database, file, loadId, scan, planned, figures)
  } catch (error) {
    failure.abort(error)
    await scanning.catch(() => undefined)
    await deps.database.write((tx) => abandonLoad(tx, loadId))
    if (failure.signal.reason instanceof AppError) throw failure.signal.reason
    await file.unchanged() // two readings of a log that grew differ, and that is no fault of the log's
    throw error
  }
}

/** Part of the content is loaded already: only the rest is. */
async function loadRanges(deps: LoadDeps, file: Delivered, scan: ContentScan, plan: Planned, signal: AbortSignal) {
  const isWhole = plan.ranges.length === 1 && plan.ranges[0]?.[0] === 0 && plan.ranges[0][1] === scan.sizeBytes
  const restPath = join(deps.spoolDirectory, `rest-${file.batch.id}`)
  const linesBefore = isWhole ? 0 : await copyRanges(file.content, plan.ranges, restPath)
  const content: LogContent = isWhole ? file.content : { path: restPath, compression: 'none' }
  const loadId = await beginLoad(deps.database, file.batch.id)
  try {
    const figures = await writeLoad(deps, { ...file, content, loadId, linesBefore }, signal)
    await file.unchanged()
    await commit(deps.database, file, loadId, scan, plan, figures)
  } catch (error) {
    await deps.database.write((tx) => abandonLoad(tx, loadId))
    await file.unchanged()
    throw error
  } finally {
    if (!isWhole) await unlink(restPath)
  }
}

/** The one step from "not loaded" to "loaded". */
async function commit(
  database: Database,
  file: Delivered,
  loadId: number,
  scan: ContentScan,
  plan: Planned,
  figures: LoadFigures,
) {
  const { domains, ...counts } = figures
  const { size: deliveredBytes } = await stat(file.content.path)
  const known = beginningsToKeep(file.head, beginningsOf(scan, plan.candidates))
  await database.write(async (tx) => {
    await assertReplaceable(tx, plan.supersedes)
    await makeVisible(tx, loadId, plan.supersedes)
    await assertPlanHolds(tx, file, plan)
    for (const name of domains) {
      await tx
        .insertInto('domain')
        .values({ name, account_id: null, created_at_ms: database.nowMs as unknown as number })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    }
    await tx
      .updateTable('batch')
      .set({
        ...counts,
        state: 'loaded',
        format: file.format.name,
        ranges_json: JSON.stringify(plan.ranges),
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
  })
}

/**
 * `makeVisible` has moved the data version, and with it waits for every other commit: what is loaded is final until this
 * transaction ends. The plan holds when the batches it was made from are those there are.
 */
async function assertPlanHolds(tx: Transaction<Tables>, file: Delivered, planned: Planned) {
  if (file.batch.delivery === 'push') return
  const now = (await candidatesFor(tx, file)).map((candidate) => candidate.batchId)
  const then = planned.candidates.map((c) => c.batchId).filter((id) => !planned.supersedes.includes(id))
  if (now.join() !== then.join()) throw new LedgerMoved()
}

function formatOf(formats: readonly LogFormat[], batch: BatchRow, sample: Buffer, isWhole: boolean): LogFormat {
  const format =
    batch.format === 'auto' ? recogniseFormat(formats, sample, isWhole) : formatByName(formats, batch.format)
  if (!format)
    throw new AppError('FLUXPORT.0103', 'The format is not recognised from the first lines; name it with --format')
  if (!format.namesDomain && batch.default_domain === null) {
    throw new AppError('CDN.0001', `The parameter domain is missing: lines in the format ${format.name} name none`)
  }
  return format.projectionOfHead ? { ...format, projection: format.projectionOfHead(sample) } : format
}

/** A copy that nothing writes to, up to the last whole line: the rest comes with the next delivery. */
async function freeze(deps: LoadDeps, batch: BatchRow, content: LogContent): Promise<LogContent> {
  if (content.compression !== 'none') throw new AppError('FLUXPORT.0104', 'The compressed file is still being written')
  const end = await endOfLastLine(content.path)
  const path = join(deps.spoolDirectory, `frozen-${batch.id}`)
  await copyRanges(content, [[0, end]], path)
  return { path, compression: 'none' }
}

const finishEmpty = async (database: Database, batch: BatchRow) =>
  finishBatch(database, batch.id, {
    state: 'loaded',
    delivered_bytes: (await stat(batch.content_path)).size,
    content_sha256: sha256Of(Buffer.alloc(0)),
    lines: 0,
    requests: 0,
    rejected_lines: 0,
    rejected_json: '[]',
    flux_bytes: 0,
    end_byte: 0,
  })

const finishDuplicate = async (deps: LoadDeps, file: Delivered, scan: ContentScan, duplicateOf: number) =>
  finishBatch(deps.database, file.batch.id, {
    state: 'duplicate',
    duplicate_of: duplicateOf,
    format: file.format.name,
    delivered_bytes: (await stat(file.content.path)).size,
    content_sha256: scan.sha256,
    end_byte: scan.sizeBytes,
  })
