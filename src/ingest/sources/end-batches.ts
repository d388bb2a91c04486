import { AppError } from '../../errors.ts'
import { ourFaultCode } from '../../ledger/batch-outcome.ts'
import type { SourceFileRow } from '../../ports/database/source-rows.ts'
import {
  addToCounts,
  dropFiles,
  type EndedFile,
  endedFiles,
  type FileCounts,
  hasToDo,
  recordFiles,
} from './files/file-store.ts'
import { failedRow, type HandOverDeps, stateFailure } from './hand-over.ts'
import type { WatchedSource } from './watched-source.ts'

/** Most ended batches processed in one transaction. */
const chunkFiles = 500

/** A loaded file that could not be put away is tried again after this time, like the looks at an unchanged file. */
const putAwayAgainMs = 60_000

/** A file after its batch has ended: its new row, or null, and the counts that it adds to. */
type Ended = { before: SourceFileRow; after: SourceFileRow | null; counts: Partial<FileCounts> }

/**
 * Puts away the files whose batches have ended, or records their failures. After a kill between the two, the next
 * process finds the batch ended and the file still there or gone, and continues.
 * @param loaded files that are loaded already, but could not be put away
 */
export async function endBatches(deps: HandOverDeps, source: WatchedSource, loaded: SourceFileRow[] = []) {
  const again = await inWaves(source, loaded, (row) => endLoaded(deps, source, row, {}))
  await record(deps, source, again)
  for (;;) {
    const rows = await endedFiles(deps.database, source.key, chunkFiles)
    await record(deps, source, await inWaves(source, rows, (row) => endOne(deps, source, row)))
    if (rows.length < chunkFiles) return
  }
}

/** Processes as many files at once as the log source allows. */
async function inWaves<T>(
  source: WatchedSource,
  rows: readonly T[],
  end: (row: T) => Promise<Ended>,
): Promise<Ended[]> {
  const ended: Ended[] = []
  const { filesAtOnce } = source.place
  for (let at = 0; at < rows.length; at += filesAtOnce) {
    ended.push(...(await Promise.all(rows.slice(at, at + filesAtOnce).map(end))))
  }
  return ended
}

async function endOne(deps: HandOverDeps, source: WatchedSource, ended: EndedFile): Promise<Ended> {
  const { batch_state: state, batch_error_code, batch_error_message, ...row } = ended
  if (state !== 'failed' && state !== 'quarantined') {
    const counts = state === 'duplicate' ? { files_duplicate: 1 } : { files_loaded: 1 }
    return await endLoaded(deps, source, row, counts)
  }
  const failure = { code: batch_error_code ?? ourFaultCode, message: batch_error_message ?? '' }
  return { before: row, after: failedRow(deps, row, failure), counts: { files_failed: 1 } }
}

async function endLoaded(
  deps: HandOverDeps,
  source: WatchedSource,
  row: SourceFileRow,
  counts: Partial<FileCounts>,
): Promise<Ended> {
  const well = { error_code: null, error_message: null, tries: 0, retry_at_ms: null }
  const loaded: SourceFileRow = { ...row, state: 'loaded', ...well }
  try {
    const put = await source.place.putAway(row)
    // The name now belongs to another log, which must be read: it may be the next one, loaded under this name.
    const after = put === 'replaced' ? { ...loaded, end_byte: row.end_byte ?? row.size_bytes } : loaded
    return { before: row, after: put === 'gone' ? null : after, counts }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const failure = { error_code: error.code, error_message: error.message, retry_at_ms: deps.nowMs() + putAwayAgainMs }
    return { before: row, after: { ...loaded, ...failure }, counts }
  }
}

async function record(deps: HandOverDeps, source: WatchedSource, ended: Ended[]): Promise<void> {
  if (ended.length === 0) return
  const more: FileCounts = { files_loaded: 0, files_duplicate: 0, files_failed: 0 }
  for (const { counts } of ended) {
    for (const name of Object.keys(more) as (keyof FileCounts)[]) more[name] += counts[name] ?? 0
  }
  const left = ended.flatMap(({ after }) => after ?? [])
  const away = ended.filter(({ after }) => after === null).map(({ before }) => before.path)
  await deps.database.write(async (tx) => {
    await recordFiles(tx, left)
    await dropFiles(tx, source.key, away)
    await addToCounts(tx, source.key, more)
  })
  for (const name of Object.keys(more) as (keyof FileCounts)[]) source.counts[name] += more[name]
  for (const row of left) {
    if (row.error_code !== null) stateFailure(deps, source, row)
    if (source.place.looksUpLoaded && !hasToDo(row)) source.known.delete(row.path)
    else source.known.set(row.path, row)
  }
  for (const path of away) source.known.delete(path)
}
