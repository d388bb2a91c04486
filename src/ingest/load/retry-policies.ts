import { isDiskFull } from '../../disk/disk-room.ts'
import { AppError } from '../../errors.ts'
import { WarehouseUnavailable } from '../../ports/warehouse/warehouse.ts'
import { ReaderLost } from '../../readers/jobs.ts'
import { groupAttemptsMax } from './load-group.ts'

/** A failed attempt's cause decides how often the batch is tried, and how long the next attempt waits. */
type RetryPolicy = {
  /** The batch fails after this many attempts, this one included. */
  attemptsMax: number
  /** @param attemptsBefore the batch's attempts before this one */
  pauseMs: (attemptsBefore: number) => number
  /** True if the attempt counts as one of the batch. */
  countsAttempt: boolean
}

const pauseMs = 500
const doubling = (attemptsBefore: number) => Math.min(pauseMs * 2 ** attemptsBefore, 2_000)

const policies = {
  /** A full disk is no batch's fault and counts no attempt: the batch is tried until there is room. */
  disk: { attemptsMax: Number.POSITIVE_INFINITY, pauseMs: () => 2_000, countsAttempt: false },
  /** The log itself is wrong, or too long. */
  sender: { attemptsMax: 1, pauseMs: () => 0, countsAttempt: true },
  /** Only the content that it reads ends a reader process. */
  reader: { attemptsMax: 3, pauseMs: doubling, countsAttempt: true },
  /** A batch that has crashed the engine this often is presumed to be the cause. */
  engine: { attemptsMax: 100, pauseMs: () => pauseMs, countsAttempt: true },
  /** A failure of the server may be temporary; attempts in a group count, too. */
  server: { attemptsMax: groupAttemptsMax + 5, pauseMs: doubling, countsAttempt: true },
} satisfies Record<string, RetryPolicy>

/** True if the log itself or its size is at fault. FLUXPORT.0002 means that a part of the server is not ready. */
export const isSendersFault = (error: unknown): error is AppError =>
  error instanceof AppError && error.code !== 'FLUXPORT.0002'

/** The policy for an attempt's error. */
export function policyOf(error: unknown): RetryPolicy {
  if (isDiskFull(error)) return policies.disk
  if (isSendersFault(error)) return policies.sender
  if (error instanceof ReaderLost) return policies.reader
  return error instanceof WarehouseUnavailable ? policies.engine : policies.server
}
