import { sqlFile } from '../sql-file.ts'
import type { Run, Warehouse } from '../warehouse/warehouse.ts'
import { fileSpanOf } from './file-span.ts'

const insertLoadSpansSql = sqlFile(import.meta.url, './insert-load-spans.sql')

/** A load whose usage is written: whose it is, and what is known of the file it is from. Times in unix ms. */
export type WrittenLoad = {
  loadId: number
  source: string
  /** Without its directory. */
  fileName: string
  /** The domain of all of its lines, when they name none themselves. */
  domainOfLines: string | null
  rejectedLines: number
  firstTimeMs: number | null
  lastTimeMs: number | null
  writtenAtMs: number
}

/**
 * Records what loads say of who reported and up to when, before they count. Like all of their rows these count with them,
 * and go with them.
 * @param run by its name purging ends what a killed process left running; loads that count already need none
 */
export async function recordLoadSpans(warehouse: Warehouse, loads: WrittenLoad[], run?: Run): Promise<void> {
  const spans = loads.map((load) => ({ ...load, span: fileSpanOf(load.fileName) }))
  const firstTimes = loads.flatMap((load) => load.firstTimeMs ?? [])
  const lastTimes = loads.flatMap((load) => load.lastTimeMs ?? [])
  const parameters = {
    loadIds: spans.map((one) => one.loadId),
    sources: spans.map((one) => one.source),
    fileNames: spans.map((one) => one.fileName),
    fileDomains: spans.map((one) => one.span?.domain ?? one.domainOfLines ?? ''),
    namedFrom: spans.map((one) => (one.span?.startMs ?? 0) / 1000),
    namedTo: spans.map((one) => (one.span?.endMs ?? 0) / 1000),
    rejectedLines: spans.map((one) => one.rejectedLines),
    firstTime: Math.floor(Math.min(...firstTimes, farMs) / 1000),
    lastTime: Math.floor(Math.max(...lastTimes, 0) / 1000),
    writtenAt: spans.map((one) => Math.floor(one.writtenAtMs / 1000)),
  }
  await warehouse.command(insertLoadSpansSql, parameters, run)
}

/** 2100: past every log. */
const farMs = 4_102_444_800_000
