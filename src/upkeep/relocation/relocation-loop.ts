import { isDiskFull, type Room } from '../../disk/disk-room.ts'
import { AppError } from '../../errors.ts'
import type { Geo } from '../../geo/geo.ts'
import { abandonLeftCopies } from '../../ledger/load-copies.ts'
import type { Logger } from '../../logger.ts'
import type { RelocationRow } from '../../ports/database/relocation-row.ts'
import { WarehouseUnavailable } from '../../ports/warehouse/warehouse.ts'
import { createWakeSignal } from '../../wake-signal.ts'
import { type RelocateDeps, relocateBatches } from './relocate-batches.ts'
import {
  type BatchToRelocate,
  endRelocation,
  nextBatches,
  RelocationEnded,
  recordStep,
  takeRelocation,
} from './relocation-store.ts'

/** Runs relocations one after another, a few batches at a time. */
export type RelocationLoop = {
  /** Call when a relocation was requested. */
  wake(): void
  /** Ends an unfinished relocation: its finished part stays. @returns false when it has ended, or is unknown */
  cancel(id: number): Promise<boolean>
  /** Undoes the batches in progress; the next start continues with them. */
  stop(): Promise<void>
}

type LoopDeps = RelocateDeps & {
  geo: Pick<Geo, 'version'>
  diskRoom: { look(): Promise<Pick<Room, 'loadingPaused'>> }
  /** Call when there are loads to roll up and to purge. */
  wakeLoader: () => void
  log: Logger
}

/** Most small batches that are done at once; a bigger one goes alone. */
const atOnceMax = { batches: 500, requests: 1_000_000 }
const oneMax = { batches: 1, requests: 0 }
const triesMax = 3
const lookAgainMs = 2_000

/**
 * A failure and its count: batches that failed together are tried alone, and one that fails `triesMax` times is
 * skipped.
 */
type Trouble = { relocationId: number; aloneUpToBatchId: number; tries: number }

/** Starts the loop. It first gives up the copies that this data directory's process was writing when it was killed. */
export async function startRelocationLoop(deps: LoopDeps): Promise<RelocationLoop> {
  const wakeSignal = createWakeSignal()
  const stopping = new AbortController()
  const left = await abandonLeftCopies(deps.database, deps.owner)
  if (left.length > 0) deps.log.info({ loadIds: left }, 'relocation.interrupted_copies_undone')
  const work: Work = { deps, trouble: null, current: null, stopping: stopping.signal }
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const worked = await turn(work).catch((error) => {
        if (!stopping.signal.aborted) deps.log.error({ err: error }, 'relocation.loop_failed')
        return false
      })
      if (!worked) await wakeSignal.wait(lookAgainMs, stopping.signal)
    }
  })()
  return {
    wake: wakeSignal.wake,
    cancel: async (id) => {
      const isEnded = await endRelocation(deps.database, id, { state: 'canceled' })
      if (isEnded && work.current?.id === id) work.current.abort.abort(new RelocationEnded())
      return isEnded
    },
    stop: async () => {
      stopping.abort(new Error('shutting down'))
      await running
    },
  }
}

type Work = {
  deps: LoopDeps
  trouble: Trouble | null
  /** The relocation in progress. */
  current: { id: number; abort: AbortController } | null
  stopping: AbortSignal
}

/**
 * Does a few batches of the oldest relocation.
 * @returns false when there is nothing to do, or nothing can be done now
 */
async function turn(work: Work): Promise<boolean> {
  const { deps } = work
  const relocation = await takeRelocation(deps.database, deps.owner)
  if (!relocation) return false
  const { loadingPaused } = await deps.diskRoom.look()
  if (loadingPaused !== null) return false
  const abort = new AbortController()
  work.current = { id: relocation.id, abort }
  try {
    return await goOn(work, relocation, AbortSignal.any([work.stopping, abort.signal]))
  } finally {
    work.current = null
  }
}

async function goOn(work: Work, relocation: RelocationRow, signal: AbortSignal): Promise<boolean> {
  const { deps } = work
  const { id } = relocation
  const version = await deps.geo.version().catch((error) => {
    if (!isPassing(error)) throw error
    return 'not now'
  })
  if (version === 'not now') return false
  if (typeof version !== 'number') {
    const off = { error_code: 'CDN.0003', error_message: 'Nothing is looked up: the server runs with --geo off' }
    return await endRelocation(deps.database, id, { state: 'failed', ...off })
  }
  const isAlone = work.trouble?.relocationId === id && relocation.last_batch_id < work.trouble.aloneUpToBatchId
  const batches = await nextBatches(deps.database.queries, relocation, version, isAlone ? oneMax : atOnceMax)
  if (batches.length === 0) {
    await endRelocation(deps.database, id, { state: 'done' })
    deps.log.info({ relocationId: id }, 'relocation.done')
    return true
  }
  try {
    await relocateBatches(deps, id, batches, version, signal)
    if (work.trouble) work.trouble.tries = 0
    deps.wakeLoader()
    return true
  } catch (error) {
    if (signal.aborted || error instanceof RelocationEnded) return true
    return await afterFailure(work, relocation, batches, error)
  }
}

/** True if the same work may succeed in a moment. */
const isPassing = (error: unknown): boolean =>
  error instanceof WarehouseUnavailable || isDiskFull(error) || (error instanceof AppError && error.status === 503)

/** @returns true to continue at once */
async function afterFailure(
  work: Work,
  relocation: RelocationRow,
  batches: readonly BatchToRelocate[],
  error: unknown,
): Promise<boolean> {
  const { deps } = work
  const { id } = relocation
  const batchIds = batches.map(({ batchId }) => batchId)
  deps.log.warn({ err: error, relocationId: id, batchIds: batchIds.slice(0, 10) }, 'relocation.step_failed')
  if (isPassing(error)) return false
  const before = work.trouble?.relocationId === id ? work.trouble : null
  const aloneUpToBatchId = Math.max(...batchIds, before?.aloneUpToBatchId ?? 0)
  const [first, second] = batches
  const tries = second ? 0 : (before?.tries ?? 0) + 1
  work.trouble = { relocationId: id, aloneUpToBatchId, tries }
  if (second || !first) return true
  if (tries < triesMax) return false
  work.trouble.tries = 0
  const step = { lastBatchId: first.batchId, done: 0, requests: first.requests, moved: 0 }
  await deps.database.write((tx) =>
    recordStep(tx, deps.database, id, { ...step, problems: [[first.batchId, 'failed']] }),
  )
  return true
}
