import { joined, type Run } from './runs.ts'
import { type BucketCounts, type BucketState, bucketStates, noBuckets, stateOfParts } from './state-words.ts'

/** Collects the states of domains, one by one, and gives those of all domains as one. */
export function statesOfAll() {
  const changes = new Map<number, BucketCounts>()
  const at = (timeMs: number) => {
    const known = changes.get(timeMs) ?? noBuckets()
    changes.set(timeMs, known)
    return known
  }
  return {
    /** Adds one domain's states. */
    add(runs: readonly Run<BucketState>[]): void {
      for (const { startMs, endMs, value } of runs) {
        at(startMs)[value]++
        at(endMs)[value]--
      }
    },
    runs(): Run<BucketState>[] {
      const edges = [...changes.keys()].sort((a, b) => a - b)
      const now = noBuckets()
      const runs = edges.slice(0, -1).map((startMs, n): Run<BucketState> => {
        const change = changes.get(startMs) ?? noBuckets()
        for (const state of bucketStates) now[state] += change[state]
        const value = stateOfParts(new Set(bucketStates.filter((state) => now[state] > 0)))
        return { startMs, endMs: edges[n + 1] as number, value }
      })
      return joined(runs, Object.is)
    },
  }
}
