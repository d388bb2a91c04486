import { rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { assertRoomFor, type DiskRoom } from '../../disk/disk-room.ts'
import { AppError } from '../../errors.ts'
import type { Geo } from '../../geo/geo.ts'
import { finishIn } from '../../ledger/batch-outcome.ts'
import { lockDataVersion } from '../../ledger/data-version.ts'
import { LedgerMoved } from '../../ledger/ledger-moved.ts'
import { abandonLoad, beginLoad } from '../../ledger/loads.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import type { LogContent, Warehouse } from '../../ports/warehouse/warehouse.ts'
import type { LoadPrivacy } from '../../privacy/load-privacy.ts'
import type { Readers } from '../../readers/readers.ts'
import type { StageTimes } from '../../stage-times.ts'
import type { UnknownClientArea } from '../../statistics/service-areas.ts'
import type { LogFormat } from '../formats/line/log-format.ts'
import type { Candidate } from '../identify/candidates.ts'
import { type ContentScan, copyRanges, endOfLastLine, scanContent, unpack } from '../identify/content.ts'
import {
  ContentChanged,
  contentOf,
  type Delivered,
  knownTo,
  Packed,
  type ReadableContent,
} from '../identify/delivered.ts'
import { allowedNow } from '../identify/delivery-authority.ts'
import type { ByteRange } from '../identify/delivery-plan.ts'
import { planOf } from '../identify/known-content.ts'
import type { Looks } from '../identify/looks.ts'
import type { KeepDeps } from '../keep/keep-logs.ts'
import type { LoadFigures, Planned } from '../overlap/written-load.ts'
import { loadEmpty } from './load-empty.ts'
import { assertSameCandidates, recordIfNew } from './record-loads.ts'
import { assertCountable } from './rejected-share.ts'
import { assertNotTooOld, writeLoads } from './write-load.ts'

export type LoadDeps = KeepDeps & {
  warehouse: Warehouse
  geo: Pick<Geo, 'version'>
  privacy: LoadPrivacy
  unknownClientArea: UnknownClientArea
  spoolDirectory: string
  contentBytesMax: number
  diskRoom: Pick<DiskRoom, 'look'>
  formats: readonly LogFormat[]
  readers: Readers
  looks: Looks
  stages: Pick<StageTimes, 'ofLoad'>
  nowMs: () => number
}

/**
 * Loads a batch to its end: loaded, duplicate, or a thrown failure. It counts exactly once: rows are written under a
 * new load id and count from one transaction on, in which the plan is checked again.
 * @throws AppError for the sender's errors; WarehouseUnavailable when a retry is sensible
 */
export async function loadBatch(deps: LoadDeps, batch: BatchRow, signal: AbortSignal): Promise<void> {
  const content = contentOf(batch)
  if (!content) return await unpackedWhile(deps, batch, signal)
  try {
    await loadFile(deps, batch, content, signal)
  } catch (error) {
    if (!(error instanceof Packed)) throw error
    await unpackedWhile(deps, batch, signal)
  }
}

async function unpackedWhile(deps: LoadDeps, batch: BatchRow, signal: AbortSignal) {
  const plain: LogContent = { path: join(deps.spoolDirectory, `plain-${batch.id}`), compression: 'none' }
  try {
    const assertRoom = (bytes: number) => assertRoomFor(deps.diskRoom, bytes)
    const options = { ...deps, turnOf: batch.account_id, signal, assertRoom }
    await unpack({ path: batch.content_path, compression: batch.compression }, plain.path, options)
    await loadFile(deps, batch, plain, signal).catch(packedTwice)
  } finally {
    await rm(plain.path, { force: true })
  }
}

/** @throws AppError FLUXPORT.0102 */
function packedTwice(error: unknown): never {
  if (!(error instanceof Packed)) throw error
  throw new AppError('FLUXPORT.0102', 'The content is packed more than once: unpack it, then deliver its logs')
}

async function loadFile(deps: LoadDeps, batch: BatchRow, content: ReadableContent, signal: AbortSignal) {
  try {
    await whileLedgerMoves(() => loadContent(deps, batch, content, signal))
  } catch (error) {
    if (!(error instanceof ContentChanged)) throw error
    const path = join(deps.spoolDirectory, `frozen-${batch.id}`)
    try {
      const frozen = await freeze(deps, batch, content, path)
      await whileLedgerMoves(() => loadContent(deps, batch, frozen, signal))
    } finally {
      await drop(path)
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

async function loadContent(deps: LoadDeps, batch: BatchRow, content: ReadableContent, signal: AbortSignal) {
  const file = await deps.stages.ofLoad('look', () => deps.looks.at(batch, content))
  if (!file) return await loadEmpty(deps, batch, signal)
  const candidates = await knownTo(deps.database.queries, file)
  if (candidates.length === 0 && content.endByte === undefined) return await loadUnknown(deps, file, signal)
  const endBytes = candidates.map((candidate) => candidate.endByte)
  const scanning = () => scanContent(content, endBytes, { ...deps, ...file.reading, signal })
  const scan = await deps.stages.ofLoad('plan', scanning)
  const allowed = await allowedNow(deps.database.queries, batch)
  const plan = planOf(batch, scan, candidates, allowed)
  if (plan.kind === 'duplicate') return await finishDuplicate(deps, file, scan, { candidates, batchId: plan.batchId })
  await file.unchanged()
  await loadRanges(deps, file, scan, { ...plan, candidates, allowed }, signal)
}

/** No loaded content shares a beginning with this one, so all of it is new: it is hashed while the engine loads it. */
async function loadUnknown(deps: LoadDeps, file: Delivered, signal: AbortSignal) {
  const failure = new AbortController()
  const either = AbortSignal.any([signal, failure.signal])
  const scanning = scanContent(file.content, [], { ...deps, ...file.reading, signal: either })
  scanning.catch((error) => failure.abort(error))
  const loadId = await beginLoad(deps.database, file.batch.id)
  try {
    const figures = await writeLoad(deps, file, { content: file.content, loadId, linesBefore: 0 }, either)
    const scan = await scanning
    await file.unchanged()
    const planned: Planned = { ranges: [[0, scan.sizeBytes]], supersedes: [], candidates: [], alike: [] }
    assertCountable(file, figures, bytesOf(planned.ranges))
    await recordIfNew(deps, { file, loadId, scan, planned, figures }, either)
  } catch (error) {
    failure.abort(error)
    await scanning.catch(() => undefined)
    await deps.database.write((tx) => abandonLoad(tx, loadId))
    if (failure.signal.reason instanceof AppError) throw failure.signal.reason
    await file.unchanged() // two readings of a growing log differ, which is not the log's fault
    throw error
  }
}

/** Loads only the part of the content that is not loaded yet. */
async function loadRanges(deps: LoadDeps, file: Delivered, scan: ContentScan, planned: Planned, signal: AbortSignal) {
  const { ranges } = planned
  assertReadInParts(file, ranges)
  const isAll = ranges.length === 1 && ranges[0]?.[0] === 0 && ranges[0][1] === scan.sizeBytes
  const isWhole = isAll && file.content.endByte === undefined
  const restPath = join(deps.spoolDirectory, `rest-${file.batch.id}`)
  const content: LogContent = isWhole ? file.content : { path: restPath, compression: 'none' }
  const loadId = await beginLoad(deps.database, file.batch.id)
  try {
    const linesBefore = isWhole ? 0 : await copyRest(deps, file, ranges, restPath)
    const figures = await writeLoad(deps, file, { content, loadId, linesBefore }, signal)
    await file.unchanged()
    assertCountable(file, figures, bytesOf(ranges))
    await recordIfNew(deps, { file, loadId, scan, planned, figures }, signal)
  } catch (error) {
    await deps.database.write((tx) => abandonLoad(tx, loadId))
    await file.unchanged()
    throw error
  } finally {
    if (!isWhole) await drop(restPath)
  }
}

/** Facts about the whole content name lines by their numbers, which several ranges in one copy would move. */
function assertReadInParts({ format }: Delivered, ranges: readonly ByteRange[]): void {
  if (ranges.length < 2 || !(format.survey ?? format.wrapping?.survey)) return
  const problem = `Several parts of it are not loaded yet, and in the format ${format.name} only one can be added`
  throw new AppError('FLUXPORT.0102', `${problem}; drop what is loaded of it, then deliver it again`)
}

async function copyRest(deps: LoadDeps, file: Delivered, ranges: readonly ByteRange[], target: string) {
  await assertRoomFor(deps.diskRoom, bytesOf(ranges))
  return await copyRanges(file.content, ranges, target, file.reading)
}

const bytesOf = (ranges: readonly ByteRange[]) => ranges.reduce((sum, [from, to]) => sum + to - from, 0)

/** Removes a copy that is no longer needed; if that fails, the next start removes it. */
const drop = (path: string) => rm(path, { force: true }).catch(() => undefined)

async function writeLoad(
  deps: LoadDeps,
  { batch, format }: Delivered,
  load: { content: LogContent; loadId: number; linesBefore: number },
  signal: AbortSignal,
): Promise<LoadFigures> {
  const written = await writeLoads(deps, { ...load, batch, format, loadIds: [load.loadId] }, signal)
  const figures = written.get(load.loadId) as LoadFigures
  assertNotTooOld(figures)
  return figures
}

/** Makes a copy that nobody writes to, up to the last whole line; the rest comes with the next delivery. */
async function freeze(deps: LoadDeps, batch: BatchRow, content: ReadableContent, path: string): Promise<LogContent> {
  if (content.compression !== 'none') throw new AppError('FLUXPORT.0104', 'The compressed file is still being written')
  const { size } = await stat(content.path)
  await assertRoomFor(deps.diskRoom, size)
  // Both use the copy, because the file's name may become another log's at any moment.
  await copyRanges({ path: content.path, compression: 'none' }, [[0, Number.POSITIVE_INFINITY]], path, {
    ...deps,
    turnOf: batch.account_id,
  })
  await truncate(path, await endOfLastLine(path))
  return { path, compression: 'none' }
}

/** @throws LedgerMoved when its original was forgotten meanwhile: then its lines count nowhere */
async function finishDuplicate(
  { database }: LoadDeps,
  file: Delivered,
  scan: ContentScan,
  duplicate: { candidates: readonly Candidate[]; batchId: number },
): Promise<void> {
  const deliveredBytes = (await stat(file.batch.content_path)).size
  await database.write(async (tx) => {
    await lockDataVersion(database, tx)
    await assertSameCandidates(tx, file, duplicate.candidates)
    await finishIn(tx, database, file.batch.id, {
      state: 'duplicate',
      duplicate_of: duplicate.batchId,
      format: file.format.name,
      delivered_bytes: deliveredBytes,
      content_sha256: scan.sha256,
      end_byte: scan.sizeBytes,
    })
  })
}
