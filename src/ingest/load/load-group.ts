import { constants, copyFile, mkdir, rm, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { assertRoomFor, isDiskFull } from '../../disk/disk-room.ts'
import { requeueBatches } from '../../ledger/batch-outcome.ts'
import { abandonLoads, beginLoads } from '../../ledger/loads.ts'
import { WarehouseUnavailable } from '../../ports/warehouse/warehouse.ts'
import { type ContentScan, scanContent } from '../identify/content.ts'
import type { Delivered } from '../identify/delivered.ts'
import { findOverlaps, overlapError } from '../overlap/overlap.ts'
import type { LoadFigures, Planned, WrittenLoad } from '../overlap/written-load.ts'
import type { LoadDeps } from './load-batch.ts'
import { recordLoads } from './record-loads.ts'
import { assertCountable } from './rejected-share.ts'
import { writeLoads } from './write-load.ts'

/** After this many failed attempts in a group a batch is loaded alone, in case it broke the group. */
export const groupAttemptsMax = 3

/**
 * Loads the batches of a group (choose-group.ts) with one statement, each under its own load id; all of them count from
 * one transaction on. After a failure they wait again to be loaded one by one: the faulty ones, or all of them when
 * none can be named.
 * @throws WarehouseUnavailable when the same group should be tried again
 */
export async function loadGroup(deps: LoadDeps, files: readonly Delivered[], signal: AbortSignal): Promise<void> {
  const { database } = deps
  const batchIds = files.map((file) => file.batch.id)
  const loadIds = await beginLoads(database, batchIds)
  const stopScanning = new AbortController()
  const scanning = scanEach(deps, files, AbortSignal.any([signal, stopScanning.signal]))
  try {
    const figures = await writeLinked(deps, files, loadIds, signal)
    const verdicts = judge(files, loadIds, await scanning, figures)
    signal.throwIfAborted()
    const loads = verdicts.flatMap((verdict) => ('load' in verdict ? [verdict.load] : []))
    for (const verdict of verdicts) if ('error' in verdict && mayPass(verdict.error)) throw verdict.error
    if (loads.length < files.length) return await giveUp(deps, { loadIds, batchIds }, verdicts)
    const overlapping = await recordUnlessOverlapping(deps, loads, signal)
    if (overlapping) await giveUp(deps, { loadIds, batchIds }, overlapping)
  } catch (error) {
    if (!signal.aborted && !mayPass(error)) return await giveUp(deps, { loadIds, batchIds }, await scanning)
    stopScanning.abort()
    await scanning
    await database.write((tx) => abandonLoads(tx, loadIds))
    // A full disk is no batch's fault, so no attempt is counted.
    await requeueBatches(database, batchIds, isDiskFull(error) ? 0 : undefined)
    throw error
  }
}

/** True if the same attempt may succeed later: no file is at fault. */
const mayPass = (error: unknown): boolean => isDiskFull(error) || error instanceof WarehouseUnavailable

/** A file's outcome in the group: a load that may count, or its error. */
type Verdict = { load: WrittenLoad } | { error: unknown }

/**
 * Gives the loads up. Faulty files are then loaded alone, the others together; all are loaded alone when none can be
 * named.
 */
async function giveUp(
  { database }: LoadDeps,
  { loadIds, batchIds }: { loadIds: number[]; batchIds: number[] },
  verdicts: readonly (Verdict | Scanned)[],
): Promise<void> {
  await database.write((tx) => abandonLoads(tx, loadIds))
  const atFault = batchIds.filter((_, index) => 'error' in (verdicts[index] ?? {}))
  const alone = atFault.length > 0 ? atFault : batchIds
  await requeueBatches(database, alone, groupAttemptsMax)
  const together = batchIds.filter((id) => !alone.includes(id))
  await requeueBatches(database, together, 0)
}

/** Result of reading a file whole: digest and number of lines, or the error. */
type Scanned = ContentScan | { error: unknown }

/** Reads the files one after another, each to its end, even if others fail. */
async function scanEach(deps: LoadDeps, files: readonly Delivered[], signal: AbortSignal): Promise<Scanned[]> {
  const scans: Scanned[] = []
  for (const file of files) {
    const options = { contentBytesMax: deps.contentBytesMax, ...file.reading, signal, countsLines: true }
    const scanned = scanContent(file.content, [], options).then(async (scan) => {
      await file.unchanged()
      return scan
    })
    scans.push(await scanned.catch((error: unknown) => ({ error })))
  }
  return scans
}

/**
 * The engine reads all files through links in one directory, named by their loads. Files out of its reach are copied.
 */
async function writeLinked(deps: LoadDeps, files: readonly Delivered[], loadIds: number[], signal: AbortSignal) {
  const [first] = files
  if (!first) throw new Error('a group has files')
  const { batch, format } = first
  const { compression } = first.content
  const linksDirectory = join(deps.spoolDirectory, `load-${loadIds[0]}`)
  await mkdir(linksDirectory)
  try {
    for (const [index, file] of files.entries()) {
      const { path } = file.content
      const name = join(linksDirectory, String(loadIds[index]))
      if (await deps.warehouse.opens(path)) await symlink(path, name)
      else await copyWithin(deps, path, name)
    }
    const content = { linksDirectory, compression }
    return await writeLoads(deps, { batch, format, content, loadIds, linesBefore: 0 }, signal)
  } finally {
    await rm(linksDirectory, { recursive: true })
  }
}

/** Files of a group are small (choose-group.ts). Recording checks whether the log was written to meanwhile. */
async function copyWithin(deps: LoadDeps, path: string, name: string): Promise<void> {
  await assertRoomFor(deps.diskRoom, (await stat(path)).size)
  await copyFile(path, name, constants.COPYFILE_FICLONE)
}

/** Compares the engine's rows with the reading of each file. */
function judge(
  files: readonly Delivered[],
  loadIds: readonly number[],
  scans: readonly Scanned[],
  figures: ReadonlyMap<number, LoadFigures>,
): Verdict[] {
  return files.map((file, index) => {
    const loadId = loadIds[index] as number
    const scan = scans[index] as Scanned
    const found = figures.get(loadId) as LoadFigures
    if ('error' in scan) return scan
    if (found.tooOldForMs !== null) return { error: new Error('older than what is kept') }
    // Only the engine assigns lines to files, so a wrong count cannot be blamed on one file.
    if (found.lines !== scan.lines) throw new Error(`load ${loadId}: ${found.lines} lines of ${scan.lines}`)
    const rejected = problemOf(file, found, scan.sizeBytes)
    if (rejected !== null) return { error: rejected }
    const planned: Planned = { ranges: [[0, scan.sizeBytes]], supersedes: [], candidates: [], alike: [] }
    return { load: { file, loadId, scan, planned, figures: found } }
  })
}

/** Too many rejected lines are the file's own fault: it is loaded alone, and ends then. */
function problemOf(file: Delivered, figures: LoadFigures, bytes: number): unknown {
  try {
    assertCountable(file, figures, bytes)
    return null
  } catch (error) {
    return error
  }
}

/** Makes all of the loads count, or none. @returns null; or verdicts, when one has requests that are loaded already */
async function recordUnlessOverlapping(
  deps: LoadDeps,
  loads: readonly WrittenLoad[],
  signal: AbortSignal,
): Promise<Verdict[] | null> {
  await Promise.all(loads.map(({ file }) => file.unchanged()))
  const overlaps = await deps.stages.ofLoad('overlap', () => findOverlaps(deps, loads, signal))
  const verdicts = loads.map((load): Verdict => {
    const error = overlapError(load, overlaps.found.get(load.loadId))
    return error ? { error } : { load }
  })
  if (verdicts.some((verdict) => 'error' in verdict)) return verdicts
  await deps.stages.ofLoad('record', () => recordLoads(deps, loads, overlaps, signal))
  return null
}

/** True if one statement may write both batches: their bound parameters are equal. */
export const haveSameParameters = (one: Delivered, other: Delivered): boolean =>
  parametersOf(one) === parametersOf(other)

const parametersOf = ({ batch, content, format }: Delivered): string =>
  JSON.stringify([
    format.projection,
    format.parameters ?? {},
    content.compression,
    batch.service_area,
    batch.log_zone,
    batch.default_domain,
    batch.count_also_json,
    batch.allowed_domains_json,
    batch.may_deliver,
    batch.may_deliver === 'account' ? batch.account_id : null,
  ])
