import type { BucketObject } from './bucket.ts'

/**
 * How far a bucket has been listed, and where the next listing in order begins so that objects which appeared late under
 * an earlier key are seen. Kept in the database as JSON.
 */
type BucketCursor = {
  /** The settings that it is of: others under the same name mean other objects, and all are listed anew. */
  settings: string
  /** The greatest key that was dealt with; '': none yet. */
  after: string
  /** The youngest object up to there. */
  youngestMs: number
  /** Ascending: every object up to the key was written before the time. */
  trail: { beforeMs: number; key: string }[]
  /** When a listing of everything began that came to its end; null: none yet. */
  listedAllMs: number | null
}

/** Steps back that are remembered. */
const trailSteps = 48

export const newCursor = (settings: string): BucketCursor => ({
  settings,
  after: '',
  youngestMs: 0,
  trail: [],
  listedAllMs: null,
})

/** The cursor that was saved, or a new one when it is of other settings. */
export function parseCursor(text: string | null, settings: string): BucketCursor {
  const saved = text === null ? null : (JSON.parse(text) as BucketCursor)
  return saved?.settings === settings ? saved : newCursor(settings)
}

/** The key that the next listing in order begins after: before the first object that is younger than the lookback. */
export function lookbackKey(cursor: BucketCursor, lookbackMs: number, nowMs: number): string {
  const old = cursor.trail.filter((step) => step.beforeMs <= nowMs - lookbackMs)
  return old.at(-1)?.key ?? ''
}

/**
 * The cursor after objects were dealt with, in the order of their keys. Those before it leave it as it is: one that
 * came late makes no later listing longer.
 */
export function cursorAfter(
  cursor: BucketCursor,
  objects: readonly Pick<BucketObject, 'key' | 'modifiedMs'>[],
  lookbackMs: number,
  nowMs: number,
): BucketCursor {
  let { after, youngestMs } = cursor
  const trail = [...cursor.trail]
  const stepMs = Math.max(1, Math.ceil(lookbackMs / trailSteps))
  for (const { key, modifiedMs } of objects) {
    if (!isAfter(key, after)) continue
    after = key
    youngestMs = Math.max(youngestMs, modifiedMs)
    const beforeMs = (Math.floor(youngestMs / stepMs) + 1) * stepMs
    if (trail.at(-1)?.beforeMs === beforeMs) trail.pop()
    trail.push({ beforeMs, key })
  }
  return { ...cursor, after, youngestMs, trail: neededOf(trail, nowMs - lookbackMs) }
}

/** Of the steps that are old enough the last one says it all. */
function neededOf(trail: BucketCursor['trail'], oldMs: number) {
  const lastOld = trail.findLastIndex((step) => step.beforeMs <= oldMs)
  return lastOld > 0 ? trail.slice(lastOld) : trail
}

/** Whether a key comes after another in a store's order, which is that of their bytes. */
export const isAfter = (key: string, other: string): boolean => Buffer.compare(Buffer.from(key), Buffer.from(other)) > 0
