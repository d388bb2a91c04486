import { AppError } from '../../errors.ts'
import type { LimitCounts, LimitName } from '../../turns/limit-counts.ts'
import { createShares, type Shares, type Taken } from '../../turns/shares.ts'

/** The server's resources that pushes use while they are received. Each account has its share of each. */
export type PushShares = {
  /** Bodies in progress: open connections, however slow. */
  bodies: Shares
  /** Pushes that have arrived and are not written yet. */
  pushes: Shares
  /** Bytes of pushes in memory. */
  bytes: Shares
}

/** Limits from the server's settings (config/limit-settings.ts). */
type PushLimits = { bodiesAtOnceMax: number; pushesAtOnceMax: number; pushBytesMax: number }

export function createPushShares(settings: PushLimits, counts: LimitCounts): PushShares {
  const shares = (limit: LimitName, max: number) =>
    createShares({ max, perAccountMax: max }, () => counts.reached(limit))
  return {
    bodies: shares('bodies', settings.bodiesAtOnceMax),
    pushes: shares('pushes', settings.pushesAtOnceMax),
    bytes: shares('push-bytes', settings.pushBytesMax),
  }
}

/**
 * Does work while an account holds an amount.
 * @throws AppError FLUXPORT.0105 when that is more than its share
 */
export async function holding<T>(
  shares: Shares,
  accountId: string,
  amount: number,
  work: (taken: Taken) => Promise<T>,
): Promise<T> {
  const taken = shares.take(accountId, amount)
  if (taken === null) throw tooMuchAtOnce()
  try {
    return await work(taken)
  } finally {
    taken.release()
  }
}

/** @throws AppError FLUXPORT.0105 when that is more than the account's share */
export function resized(taken: Taken, amount: number): void {
  if (!taken.resize(amount)) throw tooMuchAtOnce()
}

const tooMuchAtOnce = () =>
  new AppError('FLUXPORT.0105', 'Too many pushes of the account at once; retry in 1 s', { retryAfterSeconds: 1 })
