import { edgesOf, type Run, reader, type Span } from '../../coverage/runs.ts'
import type { BucketState } from '../../coverage/state-words.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import { worstFirst } from './state-names.ts'
import type { StateRun } from './task-coverage.ts'

/** The parts of runs that lie in a span. */
export const runsIn = <T>(runs: readonly Run<T>[], { startMs, endMs }: Span): Run<T>[] =>
  runs
    .map((run) => ({ ...run, startMs: Math.max(run.startMs, startMs), endMs: Math.min(run.endMs, endMs) }))
    .filter((run) => run.startMs < run.endMs)

/** Number of 5-minute buckets in each state, in the order of `worstFirst`. */
export const bucketsByState = (runs: readonly StateRun[]): number[] =>
  worstFirst.map((state) =>
    runs
      .filter(({ value }) => value === state)
      .reduce((sum, { startMs, endMs }) => sum + (endMs - startMs) / bucketMs, 0),
  )

/** The worst state that some bucket has; without a bucket, nothing is known of it. */
export const worstState = (counts: readonly number[]): BucketState =>
  worstFirst.find((_, n) => (counts[n] ?? 0) > 0) ?? 'missing'

/** The worst state at each time of a span among several domains. Nothing is known of none. */
export function worstRuns(domains: readonly (readonly StateRun[])[], span: Span): StateRun[] {
  const readers = domains.map(reader)
  const edges = edgesOf(span, domains)
  return edges.slice(0, -1).map((startMs, n): StateRun => {
    const now = new Set(readers.map((stateAt) => stateAt(startMs)))
    return { startMs, endMs: edges[n + 1] ?? startMs, value: worstFirst.find((state) => now.has(state)) ?? 'missing' }
  })
}
