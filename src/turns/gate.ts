import { AppError } from '../errors.ts'

/**
 * Limits the concurrent work of accounts. The account with the fewest at work comes first, then the longest waiting.
 */
export type Gate = {
  /**
   * Does an account's work when it is its turn.
   * @param work must end when its signal aborts: its time is up, or `gone` has aborted
   * @param gone aborts when the client has hung up
   * @throws AppError FLUXPORT.0004 when the account has too many waiting, or its turn did not come in time; CDN.0005
   * when the work took too long; APIGW.0201 when `gone` aborted
   */
  run<T>(accountId: string, gone: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>
}

export type GateLimits = {
  /** Upper bounds of concurrent work, of all accounts and of one. */
  atOnceMax: number
  perAccountMax: number
  /** Most pieces of work of one account that wait. */
  waitingMax: number
  /** Longest wait for a turn, and again the longest time at work, s. */
  secondsMax: number
}

/** @param onRefused called when work was refused or cut off */
export function createGate(limits: GateLimits, onRefused: () => void = () => undefined): Gate {
  const places = createPlaces(limits)
  const refused = (error: AppError): never => {
    onRefused()
    throw error
  }
  const turn = async (accountId: string, gone: AbortSignal): Promise<void> => {
    if (places.waitingOf(accountId) >= limits.waitingMax) {
      const problem = `${limits.waitingMax} questions of the account wait to be answered`
      refused(new AppError('FLUXPORT.0004', problem, { retryAfterSeconds: 1 }))
    }
    const late = timer(limits.secondsMax, gone)
    try {
      await places.take(accountId, late.signal)
    } catch (error) {
      if (!(error instanceof TimeIsUp)) throw goneError(error)
      const problem = `The question’s turn did not come within ${limits.secondsMax} s (--query-seconds-max)`
      refused(new AppError('FLUXPORT.0004', problem, { retryAfterSeconds: 1 }))
    } finally {
      late.clear()
    }
  }
  return {
    run: async (accountId, gone, work) => {
      await turn(accountId, gone)
      const late = timer(limits.secondsMax, gone)
      try {
        return await work(late.signal)
      } catch (error) {
        if (gone.aborted) throw goneError(error)
        if (!(late.signal.reason instanceof TimeIsUp)) throw error
        const problem = `The answer takes longer than ${limits.secondsMax} s (--query-seconds-max)`
        return refused(new AppError('CDN.0005', `${problem}. Ask for a shorter range, or fewer domains`))
      } finally {
        late.clear()
        places.leave(accountId)
      }
    },
  }
}

type Waiting = { accountId: string; begin: () => void }

/** Places for work, and the queue for them. */
function createPlaces({ atOnceMax, perAccountMax }: GateLimits) {
  const atWork = new Map<string, number>()
  const waiting: Waiting[] = []
  const countOf = (accountId: string) => atWork.get(accountId) ?? 0
  const next = (): Waiting | undefined => {
    if ([...atWork.values()].reduce((sum, count) => sum + count, 0) >= atOnceMax) return undefined
    const mayBegin = waiting.filter(({ accountId }) => countOf(accountId) < perAccountMax)
    return mayBegin.sort((a, b) => countOf(a.accountId) - countOf(b.accountId))[0]
  }
  const beginNext = () => {
    for (let one = next(); one; one = next()) {
      waiting.splice(waiting.indexOf(one), 1)
      atWork.set(one.accountId, countOf(one.accountId) + 1)
      one.begin()
    }
  }
  return {
    waitingOf: (accountId: string) => waiting.filter((one) => one.accountId === accountId).length,
    /** Resolves when it is the account's turn. @throws the reason of `late`, when `late` aborts first */
    take: (accountId: string, late: AbortSignal) =>
      new Promise<void>((begin, reject) => {
        const one = { accountId, begin }
        const giveUp = () => {
          const at = waiting.indexOf(one)
          if (at >= 0) waiting.splice(at, 1)
          reject(late.reason)
        }
        if (late.aborted) return giveUp()
        late.addEventListener('abort', giveUp)
        waiting.push(one)
        beginNext()
      }),
    leave: (accountId: string) => {
      const left = countOf(accountId) - 1
      if (left > 0) atWork.set(accountId, left)
      else atWork.delete(accountId)
      beginNext()
    },
  }
}

class TimeIsUp extends Error {}

/** The client hung up, so nobody reads this error. */
const goneError = (cause: unknown) => new AppError('APIGW.0201', 'The client hung up', { cause })

const timerMsMax = 2 ** 31 - 1

/** Aborts after `seconds`, or with `gone`. Node 20 may collect an AbortSignal.timeout early, so it is not used. */
function timer(seconds: number, gone: AbortSignal) {
  const controller = new AbortController()
  const onGone = () => controller.abort(gone.reason)
  const timeout = setTimeout(() => controller.abort(new TimeIsUp()), Math.min(seconds * 1000, timerMsMax))
  if (gone.aborted) onGone()
  else gone.addEventListener('abort', onGone, { once: true })
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timeout)
      gone.removeEventListener('abort', onGone)
    },
  }
}
