import { isDiskFull } from '../../disk/disk-room.ts'
import { AppError } from '../../errors.ts'
import { WarehouseUnavailable } from '../../ports/warehouse/warehouse.ts'
import { ReaderLost } from '../../readers/jobs.ts'
import { groupAttemptsMax } from './load-group.ts'

/** Whose fault a failed attempt at a batch is says how often it is made again, and how long the next one waits. */
type RetryPolicy = {
  /** Attempts of a batch, this one among them, after which it fails. */
  attemptsMax: number
  /** @param attemptsBefore attempts of the batch before this one */
  pauseMs: (attemptsBefore: number) => number
  /** Whether the attempt counts as one of the batch. */
  countsAttempt: boolean
}

const pauseMs = 500
const doubling = (attemptsBefore: number) => Math.min(pauseMs * 2 ** attemptsBefore, 2_000)

const policies = {
  /** A full disk is nobody's fault, and no attempt: it is tried again until there is room. */
  disk: { attemptsMax: Number.POSITIVE_INFINITY, pauseMs: () => 2_000, countsAttempt: false },
  /** The log itself is wrong, or too long. */
  sender: { attemptsMax: 1, pauseMs: () => 0, countsAttempt: true },
  /** Nothing but what it reads ends a reader process. */
  reader: { attemptsMax: 3, pauseMs: doubling, countsAttempt: true },
  /** A batch that has crashed the engine this often is presumed to be the cause. */
  engine: { attemptsMax: 100, pauseMs: () => pauseMs, countsAttempt: true },
  /** A failure of the server's own may pass; a group's failure stands for the first attempts. */
  server: { attemptsMax: groupAttemptsMax + 5, pauseMs: doubling, countsAttempt: true },
} satisfies Record<string, RetryPolicy>

/** Whether the log itself is at fault, or its size. FLUXPORT.0002 says that a part of the server is not ready. */
export const isSendersFault = (error: unknown): error is AppError =>
  error instanceof AppError && error.code !== 'FLUXPORT.0002'

/** The policy for what an attempt failed with. */
export function policyOf(error: unknown): RetryPolicy {
  if (isDiskFull(error)) return policies.disk
  if (isSendersFault(error)) return policies.sender
  if (error instanceof ReaderLost) return policies.reader
  return error instanceof WarehouseUnavailable ? policies.engine : policies.server
}
