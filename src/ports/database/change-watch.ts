import type { Database } from './database.ts'

/** Longest time without a look, ms: what changes by the clock alone is noticed at most this late. */
const restMsMax = 5_000

/**
 * Spares a loop its looks at an unchanged database: about 2 µs instead of 1 ms. Where a database cannot tell cheaply
 * whether it has changed, every look takes place.
 */
export type ChangeWatch = {
  /** True after a change, by whomever, since the last look that found nothing; and when its time has come. */
  mustLook(): boolean
  /** Call before a look. @returns a function for its end without work; `dueAtMs`: time of the next work, if known */
  begin(): (dueAtMs?: number | null) => void
}

export function watchChanges(database: Pick<Database, 'changeMark'>, nowMs: () => number = Date.now): ChangeWatch {
  let restingAt: string | null = null
  let restUntilMs = 0
  return {
    mustLook: () => restingAt === null || nowMs() >= restUntilMs || database.changeMark() !== restingAt,
    begin: () => {
      const mark = database.changeMark()
      restingAt = null
      return (dueAtMs = null) => {
        restingAt = mark
        restUntilMs = Math.min(nowMs() + restMsMax, dueAtMs ?? Number.POSITIVE_INFINITY)
      }
    },
  }
}
