import type { BucketObject } from './bucket.ts'

/**
 * Position of a bucket's listing, and the start of the next listing in order, which must find objects that appeared
 * late under an earlier key. The database stores it as JSON.
 */
type BucketCursor = {
  /** The settings that it belongs to: other settings mean other objects, and all are listed anew. */
  settings: string
  /** The greatest processed key; '' before the first. */
  after: string
  /** The youngest object up to that key. */
  youngestMs: number
  /** Ascending: every object up to the key was written before the time. */
  trail: { beforeMs: number; key: string }[]
  /** Start of the last complete listing of everything; null before the first. */
  listedAllMs: number | null
}

/** Most steps back that are remembered. */
const trailSteps = 48

export const newCursor = (settings: string): BucketCursor => ({
  settings,
  after: '',
  youngestMs: 0,
  trail: [],
  listedAllMs: null,
})

/** The saved cursor; a new one when the settings differ. */
export function parseCursor(text: string | null, settings: string): BucketCursor {
  const saved = text === null ? null : (JSON.parse(text) as BucketCursor)
  return saved?.settings === settings ? saved : newCursor(settings)
}

/** The key after which the next listing in order begins: it precedes the first object younger than the lookback. */
export function lookbackKey(cursor: BucketCursor, lookbackMs: number, nowMs: number): string {
  const old = cursor.trail.filter((step) => step.beforeMs <= nowMs - lookbackMs)
  return old.at(-1)?.key ?? ''
}

/**
 * The cursor after objects were processed, in the order of their keys. Objects before its position leave it unchanged,
 * so that a late object makes no later listing longer.
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

/** Among the steps that are old enough, only the last one is needed. */
function neededOf(trail: BucketCursor['trail'], oldMs: number) {
  const lastOld = trail.findLastIndex((step) => step.beforeMs <= oldMs)
  return lastOld > 0 ? trail.slice(lastOld) : trail
}

/** True if a key comes after another in a store's order, which is that of their bytes. */
export const isAfter = (key: string, other: string): boolean => Buffer.compare(Buffer.from(key), Buffer.from(other)) > 0
