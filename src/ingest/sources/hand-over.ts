import { AppError } from '../../errors.ts'
import { faultlessCodes } from '../../ledger/batch-outcome.ts'
import { insertBatch } from '../../ledger/batches.ts'
import type { Logger } from '../../logger.ts'
import type { Database } from '../../ports/database/database.ts'
import type { SourceFileRow } from '../../ports/database/source-rows.ts'
import { type DeliveryDefaults, parametersOf } from '../receive/receive-batch.ts'
import { ruleOf } from './files/file-rule.ts'
import { addToCounts, dropFiles, recordFiles } from './files/file-store.ts'
import type { FetchedFile, FoundFile } from './files/log-place.ts'
import { sourceInPath } from './files/source-in-path.ts'
import type { WatchedSource } from './watched-source.ts'

export type HandOverDeps = {
  database: Database
  owner: string
  accountId: string
  nowMs: () => number
  log: Logger
} & DeliveryDefaults

/** A file that is gone for this long is forgotten; the ledger still knows its content. */
const goneKeptMs = 7 * 86_400_000
const firstRetryMs = 60_000
const retryDoublingsMax = 6

/** A fetched file, or its failure. */
type Fetched = { file: FoundFile } & ({ bytes: FetchedFile } | { failure: AppError })

/**
 * Makes batches of files, in their order; one transaction writes each batch with its file's row.
 * @returns the number of processed files
 * @throws Error when the place yields no more; files fetched before are handed over
 */
export async function handOver(deps: HandOverDeps, source: WatchedSource, files: FoundFile[], stop: AbortSignal) {
  const { fetched, failure } = await fetchAll(source, files, stop)
  const handed = fetched.length === 0 ? 0 : await record(deps, source, fetched)
  if (failure) throw failure.cause
  return handed
}

/** Fetches files until one fails for a reason that is not its own. */
async function fetchAll(source: WatchedSource, files: FoundFile[], stop: AbortSignal) {
  const fetched: Fetched[] = []
  const { filesAtOnce } = source.place
  for (let at = 0; at < files.length && !stop.aborted; at += filesAtOnce) {
    const together = files.slice(at, at + filesAtOnce).map((file) => fetchOne(source, file, stop))
    const ended = await Promise.allSettled(together)
    fetched.push(...ended.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : [])))
    const failure = ended.find((one) => one.status === 'rejected')
    if (failure) return { fetched, failure: { cause: failure.reason as unknown } }
  }
  return { fetched, failure: null }
}

async function record(deps: HandOverDeps, source: WatchedSource, fetched: Fetched[]): Promise<number> {
  const failed = fetched.filter((one) => 'failure' in one).length
  const more = { files_loaded: 0, files_duplicate: 0, files_failed: failed }
  const rows = await deps.database.write(async (tx) => {
    const written: SourceFileRow[] = []
    for (const one of fetched) written.push(await rowOf(deps, source, tx, one))
    await recordFiles(tx, written)
    if (failed > 0) await addToCounts(tx, source.key, more)
    return written
  })
  for (const row of rows) {
    if (row.state === 'failed') stateFailure(deps, source, row)
    source.known.set(row.path, row)
  }
  source.counts.files_failed += failed
  return rows.length
}

async function fetchOne(source: WatchedSource, file: FoundFile, stop: AbortSignal): Promise<Fetched | null> {
  try {
    const bytes = await source.place.fetch(file, stop)
    return bytes && { file, bytes }
  } catch (error) {
    if (error instanceof AppError) return { file, failure: error }
    throw error
  }
}

async function rowOf(
  deps: HandOverDeps,
  source: WatchedSource,
  tx: Parameters<typeof insertBatch>[0],
  one: Fetched,
): Promise<SourceFileRow> {
  const { file } = one
  const before = source.known.get(file.path)
  if ('failure' in one)
    return failedRow(deps, { ...newRow(deps, source, file), tries: before?.tries ?? 0 }, one.failure)
  const { bytes } = one
  const batchId = await insertBatch(tx, deps.database, batchOf(deps, source, file, bytes))
  const endByte = bytes.content.endByte ?? bytes.sizeBytes
  return {
    ...newRow(deps, source, file),
    identity: bytes.identity,
    size_bytes: bytes.sizeBytes,
    end_byte: endByte < bytes.sizeBytes ? endByte : null,
    batch_id: batchId,
    tries: before?.state === 'failed' ? before.tries : 0,
  }
}

function batchOf(deps: HandOverDeps, source: WatchedSource, file: FoundFile, bytes: FetchedFile) {
  const caller = { accessKey: '', accountId: deps.accountId, role: 'operator' as const, source: null, domains: null }
  const rule = ruleOf(source.settings, file.path)
  const told = rule?.sourceInPath === undefined ? null : sourceInPath(rule.sourceInPath, file.path)
  const delivery = { ...rule?.delivery, ...(told === null ? {} : { source: told }), name: file.path }
  return {
    ...parametersOf(delivery, caller, deps),
    accountId: deps.accountId,
    loadedBy: `source:${source.key.name}`,
    allowedDomains: null,
    mayDeliver: 'any' as const,
    delivery: 'file' as const,
    idempotencyKey: null,
    pushedSha256: null,
    owner: deps.owner,
    content: bytes.content,
    contentIsSpooled: bytes.isSpooled,
  }
}

const newRow = (deps: HandOverDeps, source: WatchedSource, file: FoundFile): SourceFileRow => ({
  owner: source.key.owner,
  source_name: source.key.name,
  path: file.path,
  identity: file.identity,
  size_bytes: file.sizeBytes,
  end_byte: null,
  state: 'queued',
  batch_id: null,
  error_code: null,
  error_message: null,
  tries: 0,
  retry_at_ms: null,
  changed_at_ms: deps.nowMs(),
  gone_at_ms: null,
  seen_at_ms: deps.nowMs(),
})

/**
 * The row of a failed file. A file that cannot be read, or is not at fault itself, is tried again with growing pauses;
 * a faulty log is tried again only after a change.
 */
export function failedRow(
  deps: { nowMs: () => number },
  row: SourceFileRow,
  failure: { code: string; message: string },
): SourceFileRow {
  const isTransient = row.batch_id === null || faultlessCodes.includes(failure.code)
  const delayMs = firstRetryMs * 2 ** Math.min(row.tries, retryDoublingsMax)
  return {
    ...row,
    state: 'failed',
    error_code: failure.code,
    error_message: failure.message,
    tries: row.tries + 1,
    retry_at_ms: isTransient ? deps.nowMs() + delayMs : null,
    changed_at_ms: deps.nowMs(),
  }
}

/** Logs a file's failure once, and again when the failure changes. */
export function stateFailure(deps: HandOverDeps, source: WatchedSource, row: SourceFileRow): void {
  const before = source.known.get(row.path)
  if (before?.error_message === row.error_message && before.identity === row.identity) return
  const said = { source: source.key.name, file: row.path, batchId: row.batch_id, code: row.error_code }
  deps.log.warn({ ...said, reason: row.error_message }, 'source.file_failed')
}

/** Records new names of loaded files. */
export async function recordRenamed(
  deps: HandOverDeps,
  source: WatchedSource,
  renamed: readonly { from: string; to: string; identity: string }[],
): Promise<void> {
  const rows = renamed.flatMap(({ from, to, identity }): SourceFileRow[] => {
    const row = source.known.get(from)
    return row?.identity === identity ? [{ ...row, path: to, gone_at_ms: null }] : []
  })
  if (rows.length === 0) return
  await deps.database.write((tx) => recordFiles(tx, rows))
  for (const row of rows) source.known.set(row.path, row)
}

/** Records missing files: renamed, removed for good, or on a disk that is away for a while. */
export async function recordGone(deps: HandOverDeps, source: WatchedSource, gone: readonly string[]): Promise<void> {
  const nowMs = deps.nowMs()
  const rows = gone.flatMap((path) => source.known.get(path) ?? [])
  const left = rows.filter((row) => row.gone_at_ms === null && row.state !== 'queued')
  const old = rows.filter((row) => row.gone_at_ms !== null && row.gone_at_ms < nowMs - goneKeptMs)
  if (left.length === 0 && old.length === 0) return
  const marked = left.map((row) => ({ ...row, gone_at_ms: nowMs }))
  const paths = old.map((row) => row.path)
  await deps.database.write(async (tx) => {
    await recordFiles(tx, marked)
    await dropFiles(tx, source.key, paths)
  })
  for (const row of marked) source.known.set(row.path, row)
  for (const path of paths) source.known.delete(path)
}
