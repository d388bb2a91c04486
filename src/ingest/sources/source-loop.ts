import type { Logger } from '../../logger.ts'
import type { Database } from '../../ports/database/database.ts'
import { createWakeSignal } from '../../wake-signal.ts'
import { endBatches } from './end-batches.ts'
import { knownFiles, openSource } from './files/file-store.ts'
import type { FoundFile, LogPlace, Look, LookLimit, WaitingFile } from './files/log-place.ts'
import { type HandOverDeps, handOver, recordGone, recordRenamed } from './hand-over.ts'
import type { SourceSettings } from './source-settings.ts'
import type { WatchedSource } from './watched-source.ts'

export type SourceLoopDeps = Omit<HandOverDeps, 'accountId'> & {
  database: Database
  /** The first account, which owns every domain without an owner; it must exist by now. */
  accountId: string
  wakeLoader: () => void
  nowMs: () => number
  log: Logger
}

/** Most batches of a source that may wait for the loader, which loads many small ones together. */
const queuedMax = 1_000

/** With less room, no look is made. */
const roomMin = queuedMax / 2

/** Most bytes of a source's files that wait for the loader; those of fetched files lie in the spool. */
const queuedBytesMax = 256 * 1024 ** 2

/** Most files and bytes of one hand-over transaction; the loader begins with the first while others are fetched. */
const chunkFiles = 200
const chunkBytes = 64 * 1024 ** 2

/** While batches are in progress, their ends are checked this often. */
const endedEveryMs = 250

/** Reads a source's known files, without a look at the source. */
export async function watchSource(
  deps: { database: Database; owner: string },
  settings: SourceSettings,
  place: LogPlace,
): Promise<WatchedSource> {
  const key = { owner: deps.owner, name: settings.name }
  const { files_loaded, files_duplicate, files_failed } = await openSource(deps.database, key)
  const counts = { files_loaded, files_duplicate, files_failed }
  const known = await knownFiles(deps.database, key, place.looksUpLoaded ? 'to-do' : 'all')
  return { settings, place, key, known, counts, lastLookMs: null, problem: null, waiting: [] }
}

/** Looks at a source until `stop`, hands over ready files, and puts away loaded ones. */
export function startSourceLoop(deps: SourceLoopDeps, source: WatchedSource, stop: AbortSignal): Promise<void> {
  const pause = createWakeSignal()
  const { log } = deps
  let nextLookMs = 0
  const turn = async () => {
    await endBatches(deps, source)
    const limit = roomOf(source)
    if (limit === null || deps.nowMs() < nextLookMs) return
    const { isMore, tookMs } = await lookOnce(deps, source, limit, stop)
    // A look at a huge directory takes long; looks may use a tenth of the time.
    nextLookMs = isMore ? 0 : deps.nowMs() + Math.max(source.settings.lookMs, 10 * tookMs)
  }
  return (async () => {
    while (!stop.aborted) {
      await turn().catch((error) => {
        if (stop.aborted) return
        if (source.problem !== error.message) sayProblem(log, source, error)
        source.problem = error.message
        nextLookMs = deps.nowMs() + source.settings.lookMs
      })
      const restMs = Math.max(0, nextLookMs - deps.nowMs())
      await pause.wait(queuedOf(source).files > 0 ? endedEveryMs : Math.max(10, restMs), stop)
    }
    source.place.close()
  })()
}

/** A problem with a code is the place's, for people; another may be a fault of this program. */
function sayProblem(log: Logger, source: WatchedSource, error: Error): void {
  const known = error.cause !== undefined ? { reason: error.message } : { err: error }
  log.warn({ ...known, source: source.key.name }, 'source.look_failed')
}

function queuedOf(source: WatchedSource): LookLimit {
  const queued = { files: 0, bytes: 0 }
  for (const row of source.known.values()) {
    if (row.state !== 'queued') continue
    queued.files++
    queued.bytes += row.size_bytes
  }
  return queued
}

/** The room for a look; null: too little. Only fetched files use room by their bytes. */
function roomOf(source: WatchedSource): LookLimit | null {
  const queued = queuedOf(source)
  const files = queuedMax - queued.files
  const bytes = source.place.looksUpLoaded ? queuedBytesMax - queued.bytes : Number.POSITIVE_INFINITY
  return files < roomMin || bytes < queuedBytesMax / 2 ? null : { files, bytes }
}

/** @returns whether more waits, and the look's duration */
async function lookOnce(deps: SourceLoopDeps, source: WatchedSource, limit: LookLimit, stop: AbortSignal) {
  const nowMs = deps.nowMs()
  const found = await source.place.look(source.known, nowMs, limit, stop)
  const tookMs = deps.nowMs() - nowMs
  if (source.problem !== null) deps.log.info({ source: source.key.name }, 'source.seen_again')
  Object.assign(source, { lastLookMs: nowMs, problem: null, waiting: waitingOf(found) })
  await recordRenamed(deps, source, found.renamed)
  await recordGone(deps, source, found.gone)
  await putAwayLoaded(deps, source, found)
  const now = found.ready.slice(0, limit.files)
  await handOverAll(deps, source, now, stop)
  if (!stop.aborted) await found.handedOver()
  return { isMore: found.isMore || found.ready.length > now.length, tookMs }
}

async function handOverAll(deps: SourceLoopDeps, source: WatchedSource, files: FoundFile[], stop: AbortSignal) {
  for (const chunk of chunksOf(files)) {
    if (stop.aborted) return
    try {
      await handOver(deps, source, chunk, stop)
    } finally {
      const handed = new Set(chunk.map(({ path }) => path).filter((path) => isHandedOver(source, path)))
      source.waiting = source.waiting.filter(({ path }) => !handed.has(path))
      deps.wakeLoader()
    }
  }
}

const waitingOf = ({ unsettled, ready }: Look): WaitingFile[] => [
  ...unsettled,
  ...ready.map(({ path }): WaitingFile => ({ path, why: 'turn', untilMs: null })),
]

/** A file that has changed meanwhile is not: the next look finds it. */
const isHandedOver = ({ known }: WatchedSource, path: string): boolean => {
  const state = known.get(path)?.state
  return state === 'queued' || state === 'failed'
}

function* chunksOf(files: readonly FoundFile[]): Generator<FoundFile[]> {
  let chunk: FoundFile[] = []
  let bytes = 0
  for (const file of files) {
    chunk.push(file)
    bytes += file.sizeBytes
    if (chunk.length < chunkFiles && bytes < chunkBytes) continue
    yield chunk
    chunk = []
    bytes = 0
  }
  if (chunk.length > 0) yield chunk
}

/** Tries again to put away files, where that failed after their load. */
async function putAwayLoaded(deps: SourceLoopDeps, source: WatchedSource, found: Look) {
  if (found.toPutAway.length > 0) await endBatches(deps, source, found.toPutAway)
}
