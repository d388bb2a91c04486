import type { Database } from '../../database/database.ts'
import type { SourceFileRow } from '../../database/schema.ts'
import type { Logger } from '../../logger.ts'
import { createWakeSignal } from '../../wake-signal.ts'
import { endBatches } from './end-batches.ts'
import { type FileCounts, knownFiles, openSource, type SourceKey } from './file-store.ts'
import { type HandOverDeps, handOver, recordGone, recordRenamed } from './hand-over.ts'
import type { FoundFile, LogPlace, Look } from './log-place.ts'
import type { SourceSettings } from './source-settings.ts'

/** One source, watched: what is known of it, in memory as in the database. */
export type WatchedSource = {
  settings: SourceSettings
  place: LogPlace
  key: SourceKey
  known: Map<string, SourceFileRow>
  counts: FileCounts
  /** Null before the first look. */
  lastLookMs: number | null
  /** Why the last look saw nothing, or null. */
  problem: string | null
  /** Files that were seen and wait: to settle, or for their turn. */
  waiting: number
}

export type SourceLoopDeps = Omit<HandOverDeps, 'accountId'> & {
  database: Database
  /** The first account, which has every domain without an owner: there is one by now. */
  accountId: string
  wakeLoader: () => void
  nowMs: () => number
  log: Logger
}

/** Batches of a source that may wait for the loader, which loads many small ones together. */
export const queuedMax = 1_000
/** With less room it is not worth a look. */
const roomMin = queuedMax / 2
/** Handed over in one transaction. */
const chunkFiles = 200
/** While batches are on their way, it is seen so often whether they have ended. */
const endedEveryMs = 250

/** Reads what is known of a source; it is not looked at yet. */
export async function watchSource(
  deps: { database: Database; owner: string },
  settings: SourceSettings,
  place: LogPlace,
): Promise<WatchedSource> {
  const key = { owner: deps.owner, name: settings.name }
  const { files_loaded, files_duplicate, files_failed } = await openSource(deps.database, key)
  const counts = { files_loaded, files_duplicate, files_failed }
  const known = await knownFiles(deps.database, key)
  return { settings, place, key, known, counts, lastLookMs: null, problem: null, waiting: 0 }
}

/** Looks at a source until `stop`, hands over what is ready, and puts away what is loaded. */
export function startSourceLoop(deps: SourceLoopDeps, source: WatchedSource, stop: AbortSignal): Promise<void> {
  const pause = createWakeSignal()
  const { log } = deps
  let nextLookMs = 0
  const turn = async () => {
    await endBatches(deps, source)
    const room = queuedMax - queuedCount(source)
    if (room < roomMin || deps.nowMs() < nextLookMs) return
    const startedMs = deps.nowMs()
    const isMore = await lookOnce(deps, source, room, stop)
    // A look at a huge directory takes its time: it may use a tenth of it.
    nextLookMs = isMore ? 0 : deps.nowMs() + Math.max(source.settings.lookMs, 10 * (deps.nowMs() - startedMs))
  }
  return (async () => {
    while (!stop.aborted) {
      await turn().catch((error) => {
        if (stop.aborted) return
        if (source.problem !== error.message) log.warn({ err: error, source: source.key.name }, 'source.look_failed')
        source.problem = error.message
        nextLookMs = deps.nowMs() + source.settings.lookMs
      })
      const restMs = Math.max(0, nextLookMs - deps.nowMs())
      await pause.wait(queuedCount(source) > 0 ? endedEveryMs : Math.max(10, restMs), stop)
    }
  })()
}

const queuedCount = (source: WatchedSource) => {
  let count = 0
  for (const row of source.known.values()) if (row.state === 'queued') count++
  return count
}

/** @returns whether files wait that there was no room for */
async function lookOnce(deps: SourceLoopDeps, source: WatchedSource, room: number, stop: AbortSignal) {
  const nowMs = deps.nowMs()
  const found = await source.place.look(source.known, nowMs)
  if (source.problem !== null) deps.log.info({ source: source.key.name }, 'source.seen_again')
  Object.assign(source, { lastLookMs: nowMs, problem: null, waiting: found.unsettled + found.ready.length })
  await recordRenamed(deps, source, found.renamed)
  await recordGone(deps, source, found.gone)
  await putAwayLoaded(deps, source, found)
  const now = found.ready.slice(0, room)
  await handOverAll(deps, source, now, stop)
  return found.ready.length > now.length
}

async function handOverAll(deps: SourceLoopDeps, source: WatchedSource, files: FoundFile[], stop: AbortSignal) {
  for (let at = 0; at < files.length && !stop.aborted; at += chunkFiles) {
    const handed = await handOver(deps, source, files.slice(at, at + chunkFiles), stop)
    source.waiting -= handed
    deps.wakeLoader()
  }
}

/** Files that could not be put away when they were loaded: once more. */
async function putAwayLoaded(deps: SourceLoopDeps, source: WatchedSource, found: Look) {
  const rows = found.toPutAway.flatMap((path) => source.known.get(path) ?? [])
  if (rows.length > 0) await endBatches(deps, source, rows)
}
