import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../errors.ts'

/**
 * Paces what accounts ask of one thing: a rate, and a few at once. A short burst waits for its turns, since clients of
 * the contract's provider sleep for minutes after a 429.
 */
export type Pace = {
  /**
   * Returns when it is the account's turn.
   * @param gone aborts when the client has hung up
   * @throws AppError APIGW.0308 when the turn is further off than `waitSecondsMax`; APIGW.0201 when `gone` aborted
   */
  turn(accountId: string, gone: AbortSignal): Promise<void>
}

/** At least this many come at once, however low the rate is. */
const atOnceMin = 5
/** Clients give up reading after 10 s. */
const waitSecondsMax = 5
/** Accounts whose turns are remembered; those that are even are forgotten then. */
const rememberedMax = 10_000

/** @param onRefused called when a turn was refused */
export function createPace(perSecond: number, onRefused: () => void = () => undefined): Pace {
  const [stepMs, atOnce] = [1000 / perSecond, Math.max(atOnceMin, perSecond)]
  /** When an account will have used up nothing, by a clock that only goes on. */
  const evenAtMs = new Map<string, number>()
  return {
    turn: async (accountId, gone) => {
      const nowMs = performance.now()
      if (evenAtMs.size >= rememberedMax) for (const [id, atMs] of evenAtMs) if (atMs <= nowMs) evenAtMs.delete(id)
      const nextMs = Math.max(nowMs, evenAtMs.get(accountId) ?? 0) + stepMs
      const waitMs = nextMs - atOnce * stepMs - nowMs
      if (waitMs > waitSecondsMax * 1000) {
        onRefused()
        const rate =
          perSecond < 1 ? `limit:${Math.round(perSecond * 60)},time:1 minute` : `limit:${perSecond},time:1 second`
        const problem = `The throttling threshold has been reached: policy user over ratelimit,${rate}`
        throw new AppError('APIGW.0308', problem, { retryAfterSeconds: Math.ceil(waitMs / 1000) - waitSecondsMax })
      }
      evenAtMs.set(accountId, nextMs)
      if (waitMs <= 0) return
      await delay(waitMs, undefined, { signal: gone }).catch((cause) => {
        throw new AppError('APIGW.0201', 'The client hung up', { cause })
      })
    },
  }
}
