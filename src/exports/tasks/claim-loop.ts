import { setTimeout as delay } from 'node:timers/promises'
import { tickAccountVersions } from '../../accounts/account-version.ts'
import { AppError } from '../../errors.ts'
import { tickDataVersion } from '../../ledger/cadences.ts'
import type { Logger } from '../../logger.ts'
import { ArtifactsUnavailable } from '../../ports/artifacts/artifacts.ts'
import { watchChanges } from '../../ports/database/change-watch.ts'
import { WarehouseUnavailable } from '../../ports/warehouse/warehouse.ts'
import { createWakeSignal, type WakeSignal } from '../../wake-signal.ts'
import { NotFinal } from '../run/assert-final.ts'
import type { Claim } from '../run/claim.ts'
import { type ExportDeps, type Progress, runExport } from '../run/run-export.ts'
import { attemptPrefix } from '../run/task-files.ts'
import { createFinalWatch, waitForFinal } from './final-figures.ts'
import { keepHouse, type Lifetimes } from './housekeeping.ts'
import {
  claimTask,
  completeTask,
  failTask,
  heartbeat,
  isPublished,
  nextRunAtMs,
  reapLeases,
  returnTask,
} from './task-store.ts'

/** Works on waiting tasks, `concurrency` at once. */
export type ClaimLoop = {
  /** A task was created in this process: claim it now, not at the next poll. */
  wake(): void
  /** Takes no new task; tasks in progress are given back. */
  stop(): Promise<void>
}

/** Tasks created by other processes are noticed at most this late. */
const pollMs = 500
/** While none is at work, one worker looks for all, and the others at most this late: each look wakes an idle processor. */
const restMs = 5_000
const reapMs = 1_000

/** Files that a killed process did not remove are searched at the start, and every hour. */
const leftoversEvery = 3_600

/** A worker notices at most this late that its task was cancelled. */
const heartbeatMs = 1_000
const retryDelayMs = 500

/**
 * Starts claiming.
 * @param owner names this process among workers, the same after a restart: leases that it held when it died end at once
 */
export async function startClaimLoop(
  deps: ExportDeps & {
    owner: string
    concurrency: number
    tasksRunningMax: number
    lifetimes: Lifetimes
    log: Logger
  },
): Promise<ClaimLoop> {
  const stopping = new AbortController()
  await reapLeases(deps.database, deps.owner)
  const signals = Array.from({ length: deps.concurrency + 1 }, createWakeSignal)

  const busy = new Set<Claim>()
  const workOn = (claim: Claim | null) => claim !== null && workOnClaim(deps, claim, stopping.signal).then(() => true)
  const next = (atMost?: number) => {
    const claim = () => claimTask(deps.database, deps.owner, deps.tasksRunningMax, atMost)
    // A look that finds no task is no stage of one: two a second would hide those that count.
    return deps.stages.ofExport('claim', claim, (found) => found !== null)
  }
  const changes = watchChanges(deps.database)
  const workOnNext = async (): Promise<boolean> => {
    if (!changes.mustLook()) return false
    const rest = changes.begin()
    const claim = await next()
    if (!claim) rest(await nextRunAtMs(deps.database))
    else {
      busy.add(claim)
      wake()
    }
    return await Promise.resolve(workOn(claim)).finally(() => claim && busy.delete(claim))
  }
  /** When some accounts' tasks occupy all workers, one task of an account without any at work may run beside them. */
  const workBeside = async () => busy.size === deps.concurrency && (await workOn(await next(1)))
  const work = async (step: () => Promise<boolean>, { wait }: WakeSignal, isFirst: boolean) => {
    while (!stopping.signal.aborted) {
      const worked = await step().catch((error) => {
        deps.log.error({ err: error }, 'export.loop_failed')
        return false
      })
      if (!worked) await wait(isFirst || busy.size > 0 ? pollMs : restMs, stopping.signal)
    }
  }
  const wake = () => {
    for (const signal of signals) signal.wake()
  }
  const watchFinal = createFinalWatch({ ...deps, wake })
  const reapChanges = watchChanges(deps.database)
  const reap = async () => {
    for (let round = 0; !stopping.signal.aborted; round++) {
      await delay(reapMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (busy.size === 0 && round % leftoversEvery !== 0 && !reapChanges.mustLook()) continue
      const rest = reapChanges.begin()
      await reapLeases(deps.database).catch((error) => deps.log.error({ err: error }, 'export.reaper_failed'))
      await tickDataVersion(deps.database, Date.now())
        .then(() => tickAccountVersions(deps.database, Date.now()))
        .then(() => watchFinal(Date.now()))
        .catch((error) => deps.log.error({ err: error }, 'export.final_watch_failed'))
      await keepHouse(deps, deps.lifetimes, round % leftoversEvery === 0).catch((error) =>
        deps.log.error({ err: error }, 'export.housekeeping_failed'),
      )
      rest()
    }
  }
  const workers = signals.map((signal, n) => work(n < deps.concurrency ? workOnNext : workBeside, signal, n === 0))
  const running = Promise.all([...workers, reap()])
  return {
    wake,
    stop: async () => {
      stopping.abort(new Error('shutting down'))
      await running
    },
  }
}

async function workOnClaim(deps: ExportDeps & { log: Logger }, claim: Claim, stop: AbortSignal): Promise<void> {
  const log = deps.log.child({ taskId: claim.task.id, attempt: claim.task.attempts })
  const lost = new AbortController()
  const signal = AbortSignal.any([stop, lost.signal])
  const progress: Progress = { rows: 0, expectedRows: 0 }
  const beat = setInterval(() => {
    heartbeat(deps.database, claim, progress).then(
      (holds) => holds || lost.abort(new Error('the lease is lost')),
      (error) => log.warn({ err: error }, 'export.heartbeat_failed'),
    )
  }, heartbeatMs)
  try {
    const artifact = await runExport(deps, claim, progress, signal)
    if (await deps.stages.ofExport('publish', () => completeTask(deps.database, claim, artifact))) {
      log.info({ rows: artifact.rows }, 'export.task_succeeded')
      await removeAttempts(deps, claim, claim.leaseToken - 1)
    } else await deps.artifacts.removeUnder(attemptPrefix(claim.task.id, claim.leaseToken)) // others' files stay
  } catch (error) {
    await settleFailure(deps, claim, error, { stopping: stop.aborted, lost: lost.signal.aborted, log })
  } finally {
    clearInterval(beat)
  }
}

/** Removes files of the attempts up to `last`, including those that died with their process: nothing points to them. */
async function removeAttempts(deps: ExportDeps, claim: Claim, last: number): Promise<void> {
  for (let token = 1; token <= last; token++) {
    await deps.artifacts.removeUnder(attemptPrefix(claim.task.id, token))
  }
}

async function settleFailure(
  deps: ExportDeps,
  claim: Claim,
  error: unknown,
  why: { stopping: boolean; lost: boolean; log: Logger },
) {
  // The database's answer was lost, or an earlier attempt's files could not be removed: the published files stay.
  if (await isPublished(deps.database, claim)) return why.log.error({ err: error }, 'export.failed_after_success')
  await removeAttempts(deps, claim, claim.leaseToken).catch((cause) => {
    if (!(cause instanceof ArtifactsUnavailable)) throw cause
    why.log.warn({ err: cause }, 'export.files_left') // the attempt that succeeds removes them
  })
  if (why.lost) return why.log.warn({}, 'export.lease_lost')
  if (why.stopping) return await returnTask(deps.database, claim, { delayMs: 0, countAttempt: false })
  if (error instanceof WarehouseUnavailable || error instanceof ArtifactsUnavailable) {
    why.log.warn({ err: error }, 'export.interrupted')
    return await returnTask(deps.database, claim, { delayMs: retryDelayMs, countAttempt: true })
  }
  if (error instanceof NotFinal) return await waitForFinal(deps.database, claim, error)
  if (error instanceof AppError) return await failTask(deps.database, claim, error.code, error.message)
  why.log.error({ err: error }, 'export.failed')
  await failTask(deps.database, claim, 'FLUXPORT.0001', 'The export failed; the server’s log says why')
}
