import { EventEmitter, once } from 'node:events'
import { unlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../errors.ts'
import {
  faultlessCodes,
  finishBatch,
  isContentKept,
  looksMax,
  ourFaultCode,
  requeueBatches,
} from '../../ledger/batch-outcome.ts'
import { findBatch, requeueInterrupted } from '../../ledger/batches.ts'
import { removeEndedLogs } from '../../ledger/kept-logs.ts'
import { purge } from '../../ledger/purge.ts'
import { endLeftRollUps, rollUpNext } from '../../ledger/roll-up.ts'
import type { Logger } from '../../logger.ts'
import { watchChanges } from '../../ports/database/change-watch.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import { createWakeSignal, type WakeSignal } from '../../wake-signal.ts'
import type { Delivered } from '../identify/delivered.ts'
import { createLooks } from '../identify/looks.ts'
import { Overlapping } from '../overlap/overlap.ts'
import { createBeside } from './beside.ts'
import { chooseGroup } from './choose-group.ts'
import { type LoadDeps, loadBatch } from './load-batch.ts'
import { loadGroup } from './load-group.ts'
import { createLoadTurns, type RunningLoad, type Turn, youngFor } from './load-turns.ts'
import { type QuarantineDeps, quarantine } from './quarantine-batch.ts'
import { Quarantined } from './rejected-share.ts'
import { isSendersFault, policyOf } from './retry-policies.ts'

/**
 * Loads queued batches, small ones in groups. Accounts take turns. Loads run one after another, because each uses every
 * core; but a long load does not keep others from beginning (load-turns.ts).
 */
export type LoadLoop = {
  /** Call when a batch was queued. */
  wake(): void
  /** Resolves with a batch once it has ended in any way; undefined when `signal` aborts first. */
  ended(batchId: number, signal: AbortSignal): Promise<BatchRow | undefined>
  /** Takes no new batch, and undoes the running loads, whose batches wait again. */
  stop(): Promise<void>
}

/** No event announces purgeable loads after an export's end, or free room, so the loop polls. */
const pollMs = 2_000
/** Consecutive loads delay roll-ups at most this long: meanwhile reports sum up the requests themselves. */
const rollUpLatestMs = 10_000
const endedStates: BatchRow['state'][] = ['loaded', 'duplicate', 'failed', 'quarantined', 'forgotten']

/**
 * Starts loading. It first undoes the loads that this data directory's process was writing when it was killed.
 * @param owner this data directory, which has the spooled bytes
 */
export async function startLoadLoop(given: Omit<LoopDeps, 'looks'>): Promise<LoadLoop> {
  const deps: LoopDeps = { ...given, looks: createLooks(given) }
  const { database } = deps
  const events = new EventEmitter().setMaxListeners(0)
  const wakeSignal = createWakeSignal()
  const stopping = new AbortController()
  await endLeftRollUps(deps)
  await undoInterrupted(deps)

  const running = keepLoading(deps, events, wakeSignal, stopping.signal)

  return {
    wake: wakeSignal.wake,
    ended: async (batchId, signal) => {
      const event = once(events, `ended-${batchId}`, { signal }).then(
        ([ended]) => ended as BatchRow,
        () => undefined,
      )
      const now = await findBatch(database, batchId)
      return now && isEnded(now) ? now : await event
    },
    stop: async () => {
      stopping.abort(new Error('shutting down'))
      await running
    },
  }
}

/** Rolls up loads while no batch waits. */
const rollUp = (deps: LoopDeps, signal: AbortSignal): Promise<boolean> =>
  deps.stages
    .ofLoad(
      'roll_up',
      () => rollUpNext(deps, signal),
      (hasWorked) => hasWorked,
    )
    .catch((error) => {
      if (!signal.aborted) deps.log.warn({ err: error }, 'ingest.roll_up_failed')
      return false
    })

type LoopDeps = LoadDeps &
  Pick<QuarantineDeps, 'spoolShares'> & {
    owner: string
    /** Most loads at once, of all accounts. */
    loadsAtOnce: number
    log: Logger
  }

/** Removes the rows of loads that do not count, and kept logs that have ended. */
const removeEnded = (deps: LoopDeps): Promise<unknown> =>
  purge(deps)
    .then(() => removeEndedLogs(deps))
    .catch((error) => deps.log.warn({ err: error }, 'ingest.purge_failed'))

async function keepLoading(deps: LoopDeps, events: EventEmitter, wakeSignal: WakeSignal, signal: AbortSignal) {
  const running = new Map<Promise<void>, RunningLoad>()
  const turns = createLoadTurns(deps)
  const onEnded = (batch: BatchRow) => {
    turns.forget(batch.id)
    events.emit(`ended-${batch.id}`, batch)
  }
  const begin = async (): Promise<boolean> => {
    const { loadingPaused } = await deps.diskRoom.look()
    if (loadingPaused !== null) return false
    const turn = await turns.next([...running.values()], Date.now())
    if (turn === null) return false
    const load = await loadOf(deps, turn)
    const work = load.work(signal, onEnded).finally(() => {
      running.delete(work)
      wakeSignal.wake()
    })
    running.set(work, load.running)
    return true
  }
  const purging = createBeside(() => removeEnded(deps))
  const rollingUp = createBeside(async () => {
    const isMoreLeft = await rollUp(deps, signal)
    if (isMoreLeft) wakeSignal.wake()
  })
  let rollUpAtMs = Date.now() + rollUpLatestMs
  const changes = watchChanges(deps.database)
  while (!signal.aborted) {
    if (running.size === 0 && !changes.mustLook()) {
      await wakeSignal.wait(pollMs, signal)
      continue
    }
    const rest = changes.begin()
    const hasBegun = await begin().catch((error) => {
      deps.log.error({ err: error }, 'ingest.loop_failed')
      return false
    })
    purging.begin()
    const untilFreeMs = youngFor([...running.values()], Date.now())
    if (untilFreeMs === 0 || Date.now() > rollUpAtMs) {
      rollingUp.begin()
      rollUpAtMs = Date.now() + rollUpLatestMs
    }
    if (hasBegun) continue
    if (untilFreeMs === 0) rest()
    await wakeSignal.wait(untilFreeMs > 0 ? Math.min(untilFreeMs, pollMs) : pollMs, signal)
  }
  await Promise.all([...running.keys(), purging.ended(), rollingUp.ended()])
}

type Load = {
  running: RunningLoad
  /** Resolves when every batch has ended, or waits again. */
  work: (signal: AbortSignal, onEnded: (batch: BatchRow) => void) => Promise<void>
}

/** The oldest of the batches, and those that one statement can load with it. */
async function loadOf(deps: LoopDeps, { accountId, queue }: Turn): Promise<Load> {
  const group = await deps.stages.ofLoad('look', () => chooseGroup(deps, queue))
  const batches = group.length > 1 ? group.map((file) => file.batch) : queue.slice(0, 1)
  const batchIds = batches.map((batch) => batch.id)
  const files = batches.filter(({ delivery }) => delivery === 'file')
  const fileSources = new Set(files.map(({ source }) => source))
  return {
    running: { accountId, batchIds, fileSources, startedAtMs: Date.now() },
    work: async (signal, onEnded) => {
      try {
        if (group.length > 1) await attemptGroup(deps, group, signal)
        else await attempt(deps, batches[0] as BatchRow, signal)
      } catch (error) {
        deps.log.error({ err: error }, 'ingest.loop_failed')
      }
      await settle(deps, batchIds, signal, onEnded)
    },
  }
}

/**
 * A batch whose end could not be recorded, for example on a full disk, would wait for ever, so recording is retried.
 */
async function settle(
  deps: LoopDeps,
  batchIds: readonly number[],
  signal: AbortSignal,
  onEnded: (batch: BatchRow) => void,
): Promise<void> {
  for (let left = new Set(batchIds); left.size > 0; ) {
    try {
      for (const batchId of left) {
        const batch = await afterAttempt(deps, batchId)
        if (batch.state === 'loading') continue
        left.delete(batchId)
        if (isEnded(batch)) onEnded(batch)
      }
      await undoInterrupted(deps, [...left])
      left = new Set()
    } catch (error) {
      deps.log.error({ err: error }, 'ingest.loop_failed')
      if (signal.aborted) return
      await delay(pollMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

/** Undoes loads of a killed process, or, with `batchIds`, a failed load of these batches. */
async function undoInterrupted({ database, owner, log }: LoopDeps, batchIds?: readonly number[]): Promise<void> {
  const loadIds = await requeueInterrupted(database, owner, batchIds)
  if (loadIds.length > 0) log.info({ loadIds }, 'ingest.interrupted_loads_undone')
}

const isEnded = (batch: BatchRow) => endedStates.includes(batch.state)

/** The batch as it is now. If it has ended, its spooled content is removed, unless it must be kept. */
async function afterAttempt({ database, looks, log }: LoopDeps, batchId: number): Promise<BatchRow> {
  const batch = await findBatch(database, batchId)
  if (!batch) throw new Error(`batch ${batchId} is gone`)
  if (!isEnded(batch)) return batch
  looks.forget(batchId)
  if (batch.content_is_spooled && !isContentKept(batch)) await unlink(batch.content_path).catch(() => undefined)
  log.info({ batchId, state: batch.state, requests: batch.requests }, 'ingest.batch_ended')
  return batch
}

/** One attempt at a group; afterwards its batches have ended, or wait again. */
async function attemptGroup(deps: LoopDeps, group: Delivered[], signal: AbortSignal): Promise<void> {
  try {
    await loadGroup(deps, group, signal)
  } catch (error) {
    if (signal.aborted) return
    deps.log.warn({ err: error, batches: group.length }, 'ingest.group_interrupted')
    await pauseAfter(deps, error, 0, signal)
  }
}

/** One attempt at a batch; its outcome is in the database afterwards. */
async function attempt(deps: LoopDeps, batch: BatchRow, signal: AbortSignal): Promise<void> {
  const { database, log } = deps
  try {
    await loadBatch(deps, batch, signal)
  } catch (thrown) {
    if (signal.aborted) return await finishBatch(database, batch.id, { state: 'queued' })
    const error = thrown instanceof Quarantined ? await failureToKeep(deps, batch, thrown) : thrown
    if (error === null) return
    const policy = policyOf(error)
    const attempts = policy.countsAttempt ? batch.attempts + 1 : batch.attempts
    if (attempts < policy.attemptsMax) {
      log.warn({ err: error, batchId: batch.id }, 'ingest.load_interrupted')
      await requeueBatches(database, [batch.id], attempts)
      return await pauseAfter(deps, error, batch.attempts, signal)
    }
    const isTheirs = isSendersFault(error)
    const code = isTheirs ? error.code : ourFaultCode
    if (faultlessCodes.includes(code) || batch.looks >= looksMax)
      log.error({ err: error, batchId: batch.id, content: batch.content_path }, 'ingest.batch_failed')
    await finishBatch(database, batch.id, {
      ...{ ...(error instanceof Overlapping ? error.figures : {}), state: 'failed' },
      error_code: code,
      error_message: isTheirs ? error.message : 'The batch could not be loaded; the server’s log says why',
    })
  }
}

/** Quarantines a batch. @returns null; or the failure when its bytes cannot be kept */
async function failureToKeep(deps: LoopDeps, batch: BatchRow, why: Quarantined): Promise<unknown> {
  try {
    await quarantine(deps, batch, why)
    return null
  } catch (error) {
    if (!(error instanceof AppError)) return error
    return new AppError(why.code, `${why.message}. It is not kept: ${error.message}`, { cause: error })
  }
}

/** Waits a moment, and as long as the engine is away, which is no batch's fault. */
async function pauseAfter({ warehouse }: LoopDeps, error: unknown, attemptsBefore: number, signal: AbortSignal) {
  const pauseMs = policyOf(error).pauseMs(attemptsBefore)
  do await delay(pauseMs, undefined, { signal }).catch(() => undefined)
  while (!signal.aborted && !(await warehouse.ready()))
}
