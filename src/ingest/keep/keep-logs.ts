import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type BegunLog, beginKeptLog, keptLogKey, type WrittenLog } from '../../ledger/kept-logs.ts'
import { isKept } from '../../ledger/log-keeping.ts'
import type { Logger } from '../../logger.ts'
import type { Artifacts } from '../../ports/artifacts/artifacts.ts'
import type { Database } from '../../ports/database/database.ts'
import type { LoadPrivacy } from '../../privacy/load-privacy.ts'
import { dropsAnything } from '../../privacy/profile.ts'
import type { LimitCounts } from '../../turns/limit-counts.ts'
import { rangeBytes } from '../identify/content.ts'
import type { WrittenLoad } from '../overlap/written-load.ts'
import { keptNameOf, spanOfLog } from './kept-name.ts'

/** Where log files are kept, and how many bytes of them. */
export type KeepDeps = {
  database: Database
  artifacts: Artifacts
  /** Bound of an account without a limit of its own. */
  storedBytesMax: number
  /** @throws AppError FLUXPORT.0002 when the files' disk has no room to spare */
  assertArtifactRoom: () => Promise<void>
  privacy: LoadPrivacy
  limitCounts: LimitCounts
  log: Logger
}

/**
 * Keeps the lines of loads whose sources keep their logs, as gzip: contents that were delivered so stay as they are. It
 * runs before the loads count, and a load counts also if its bytes cannot be kept. One file is written after another,
 * so that none is written any more when this throws.
 * @returns the logs for `showKeptLogs`
 * @throws ContentChanged when a log was written to meanwhile; the reason of `signal`
 */
export async function keepLogs(
  deps: KeepDeps,
  loads: readonly WrittenLoad[],
  signal: AbortSignal,
): Promise<WrittenLog[]> {
  if (dropsAnything(deps.privacy.profile)) return []
  const written: WrittenLog[] = []
  for (const load of loads) {
    const begun = await begin(deps, load)
    if (begun === null) continue
    const stored = begun.isRefused ? null : await write(deps, load, begun, signal)
    await load.file.unchanged()
    if (stored === null) missed(deps, load)
    written.push({ ...begun, stored })
  }
  return written
}

/** A load without a request is of no domain, and handed out to nobody. */
async function begin(deps: KeepDeps, load: WrittenLoad): Promise<BegunLog | null> {
  const { file, figures, loadId } = load
  const { account_id, source } = file.batch
  const span = spanOfLog(file.batch.name, figures)
  if (span === null || !(await isKept(deps.database.queries, { accountId: account_id, source }))) return null
  const log = {
    ...{ batch_id: file.batch.id, load_id: loadId, account_id, source },
    ...{ start_ms: span.startMs, end_ms: span.endMs },
    nameOf: (id: string) => keptNameOf({ id, startMs: span.startMs, ...figures, area: file.batch.service_area }),
    hasRejected: (figures.rejected_lines ?? 0) > 0 || mayHavePieces(load),
    domains: figures.domains,
    bytesMax: await bytesMaxOf(load),
  }
  return await beginKeptLog(deps.database, log, deps.storedBytesMax)
}

/** A wrapping that cuts long lines may leave a piece of a line whose domain stands in another file. */
const mayHavePieces = ({ file: { format } }: WrittenLoad): boolean => format.wrapping?.survey !== undefined

/** The whole content as it was delivered, if that was gzip. */
const isAsDelivered = ({ file, scan, planned: { ranges } }: WrittenLoad): boolean =>
  file.content.compression === 'gzip' && ranges.length === 1 && ranges[0]?.[0] === 0 && ranges[0][1] === scan.sizeBytes

/** Gzip adds to what it cannot shorten: 5 bytes for each 16 KiB, and its frame. */
async function bytesMaxOf(load: WrittenLoad): Promise<number> {
  if (isAsDelivered(load)) return (await stat(load.file.content.path)).size
  const bytes = load.planned.ranges.reduce((sum, [from, to]) => sum + to - from, 0)
  return bytes + Math.ceil(bytes / 1_000) + 1_024
}

/** @returns null when the store refuses the bytes, whatever the reason: the load counts all the same */
async function write(deps: KeepDeps, load: WrittenLoad, { id }: BegunLog, signal: AbortSignal) {
  const key = keptLogKey(id)
  try {
    await deps.assertArtifactRoom()
    return await deps.artifacts.put(key, isAsDelivered(load) ? asDelivered(load) : compressed(load, signal), signal)
  } catch (error) {
    signal.throwIfAborted()
    deps.log.warn({ err: error, batchId: load.file.batch.id }, 'ingest.log_not_kept')
    await deps.artifacts.remove(key).catch(() => undefined)
    return null
  }
}

const asDelivered = ({ file }: WrittenLoad): AsyncIterable<Uint8Array> => createReadStream(file.content.path)

function compressed({ file, planned }: WrittenLoad, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const gzip = createGzip()
  const lines = Readable.from(rangeBytes(file.content, planned.ranges, file.reading, { signal }))
  // An error ends the stream, and so its reader.
  pipeline(lines, gzip).catch(() => undefined)
  return gzip
}

function missed({ limitCounts, log }: KeepDeps, { file: { batch } }: WrittenLoad): void {
  limitCounts.reached('kept-logs')
  log.warn({ batchId: batch.id, accountId: batch.account_id, source: batch.source }, 'ingest.log_missed')
}
