import { once } from 'node:events'
import { domainsOfAccount } from '../accounts/domains.ts'
import type { Artifacts } from '../artifacts/artifacts.ts'
import type { Database } from '../database/database.ts'
import { csvHeader, csvSettings, csvSql } from '../files/csv.ts'
import { localTime } from '../statistics/time-range.ts'
import { type Warehouse, WarehouseUnavailable } from '../warehouse/warehouse.ts'
import type { ExportRequest } from './export-request.ts'
import { reports } from './reports/catalogue.ts'
import type { ReportInput, Slice } from './reports/report.ts'
import type { Artifact, Claim } from './task-store.ts'

export type ExportDeps = { database: Database; warehouse: Warehouse; artifacts: Artifacts }

/** Where an attempt keeps its file: each claim has a token of its own, and so a key. */
export const artifactKey = (taskId: string, leaseToken: number) => `${taskId}/${leaseToken}.csv`

/** Rows written so far and to be written, for the heartbeat to record. */
export type Progress = { rows: number; expectedRows: number }

/**
 * Makes the file of a claimed task: complete, durable, under a key of this attempt's own. Nothing points to it yet.
 * @throws Error when a row is missing: a short file is never published
 */
export async function runExport(
  deps: ExportDeps,
  claim: Claim,
  progress: Progress,
  signal: AbortSignal,
): Promise<Artifact> {
  const request = JSON.parse(claim.task.request_json) as ExportRequest
  const domains = request.domains ?? (await domainsOfAccount(deps.database, claim.task.account_id))
  const report = reports[request.action]
  const input: ReportInput = { warehouse: deps.warehouse, request, domains, version: claim.version }
  progress.rows = 0
  progress.expectedRows = report.rowsMax(request, domains.length)
  const queryId = `fluxport-export-${claim.task.id}-${claim.leaseToken}`
  const bytes = async function* () {
    yield csvHeader(report.columns(request), request.language)
    for await (const slice of inOrder(report.slices(input), (one, n) => query(deps, one, `${queryId}-${n}`, signal))) {
      yield* bytesOf(slice.stream)
      progress.rows += slice.rows
    }
  }
  const key = artifactKey(claim.task.id, claim.leaseToken)
  const written = await deps.artifacts.put(key, bytes(), signal)
  return { key, fileName: fileNameOf(request), rows: progress.rows, ...written }
}

/** @throws WarehouseUnavailable when the engine goes away while its answer is read: the next attempt starts anew */
async function* bytesOf(stream: SliceResult['stream']): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield chunk as Buffer
  } catch (error) {
    throw new WarehouseUnavailable(error)
  }
}

type SliceResult = Awaited<ReturnType<Warehouse['bytes']>>

async function query(deps: ExportDeps, slice: Slice, queryId: string, signal: AbortSignal): Promise<SliceResult> {
  const run = { queryId, signal, settings: { ...csvSettings, ...slice.settings } }
  const result = await deps.warehouse.bytes(csvSql(slice.sql), slice.parameters, run)
  // Null: only the query can tell how many. Then NaN, no figure at all, is the one wrong answer.
  const expected = slice.rows ?? result.rows
  if (result.rows !== expected) throw new Error(`a slice has ${result.rows} rows instead of ${expected}`)
  return result
}

/** Slices that the engine makes while an earlier one is written to disk: one a core of the smallest machine we support. */
const slicesAhead = 2

/** Runs the slices in order, some ahead of the one that is read; no more than those are in memory. */
async function* inOrder(slices: AsyncGenerator<Slice>, run: (slice: Slice, n: number) => Promise<SliceResult>) {
  const running: Promise<SliceResult>[] = []
  let n = 0
  try {
    for await (const slice of slices) {
      const result = run(slice, n++)
      result.catch(() => undefined) // awaited below; until then its failure must not end the process
      running.push(result)
      const first = running.length > slicesAhead ? running.shift() : undefined
      if (first) yield await first
    }
    for (let first = running.shift(); first; first = running.shift()) yield await first
  } finally {
    await Promise.allSettled(running.map((result) => result.then(({ stream }) => discard(stream))))
  }
}

async function discard(stream: SliceResult['stream']) {
  if (stream.closed) return
  stream.destroy()
  await once(stream, 'close')
}

/** `reports_detail_20261001T000000_20261002T000000.csv`: letters, digits and `_`, safe on every system. */
function fileNameOf(request: ExportRequest): string {
  const stamp = (timeMs: number) => localTime(timeMs, request.timeZone).replaceAll(/[-:]/g, '').replace(' ', 'T')
  return `${request.action}_${stamp(request.startTimeMs)}_${stamp(request.endTimeMs)}.${request.format}`
}
