/**
 * The words for a bucket, everywhere the same:
 * - final: every source that is expected has a stated cadence, and has kept it;
 * - reported: all have reported it, but nothing is stated of one, so that its order of delivery is an assumption;
 * - provisional: its figures may grow;
 * - missing: no source has reported it, and it has no request;
 * - refused: missing, and a file came for it that was not taken.
 */
export const bucketStates = ['final', 'reported', 'provisional', 'missing', 'refused'] as const
export type BucketState = (typeof bucketStates)[number]

/** Number of buckets in each state. */
export type BucketCounts = Record<BucketState, number>

export const noBuckets = (): BucketCounts => ({ final: 0, reported: 0, provisional: 0, missing: 0, refused: 0 })

/** True if the figures of a bucket are not expected to grow. */
export const isSettled = (state: BucketState): boolean => state === 'final' || state === 'reported'

/** True if nothing is known of a bucket, so that it is not zero. */
export const isUnknown = (state: BucketState): boolean => state === 'missing' || state === 'refused'

/** The state of parts together. @param states of all parts; empty: provisional */
export function stateOfParts(states: ReadonlySet<BucketState>): BucketState {
  const all = [...states]
  if (all.length > 0 && all.every(isSettled)) return states.has('reported') ? 'reported' : 'final'
  if (all.length > 0 && all.every(isUnknown)) return states.has('refused') ? 'refused' : 'missing'
  return 'provisional'
}
