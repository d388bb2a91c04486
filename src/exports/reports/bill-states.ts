import type { Run, Span } from '../../coverage/runs.ts'
import type { BucketState } from '../../coverage/state-words.ts'
import type { StateRun } from './task-coverage.ts'

/** From the worst for a bill to the best. */
export const billStates = [
  'missing',
  'refused',
  'provisional',
  'reported',
  'final',
] as const satisfies readonly BucketState[]

/** The words of the file. */
export const stateWords: Record<BucketState, { en: string; zh: string }> = {
  missing: { en: 'missing', zh: '缺失' },
  refused: { en: 'refused', zh: '拒收' },
  provisional: { en: 'provisional', zh: '暂定' },
  reported: { en: 'reported', zh: '已上报' },
  final: { en: 'final', zh: '最终' },
}

const bucketMs = 300_000

/** The parts of runs that lie in a span. */
export const runsIn = <T>(runs: readonly Run<T>[], { startMs, endMs }: Span): Run<T>[] =>
  runs
    .map((run) => ({ ...run, startMs: Math.max(run.startMs, startMs), endMs: Math.min(run.endMs, endMs) }))
    .filter((run) => run.startMs < run.endMs)

/** Number of 5-minute buckets in each state, in the order of `billStates`. */
export const bucketsByState = (runs: readonly StateRun[]): number[] =>
  billStates.map((state) =>
    runs
      .filter(({ value }) => value === state)
      .reduce((sum, { startMs, endMs }) => sum + (endMs - startMs) / bucketMs, 0),
  )

/** The worst state that some bucket has; without a bucket, nothing is known of it. */
export const worstState = (counts: readonly number[]): BucketState =>
  billStates.find((_, n) => (counts[n] ?? 0) > 0) ?? 'missing'

/** The worst state at each time among several domains. Runs of all of them cover the same span. */
export function worstRuns(domains: readonly (readonly StateRun[])[]): StateRun[] {
  const edges = [...new Set(domains.flatMap((runs) => runs.flatMap(({ startMs, endMs }) => [startMs, endMs])))]
  edges.sort((a, b) => a - b)
  const at = domains.map(() => 0)
  return edges.slice(0, -1).map((startMs, n): StateRun => {
    const now = domains.map((runs, d) => {
      while ((runs[at[d] ?? 0]?.endMs ?? Number.POSITIVE_INFINITY) <= startMs) at[d] = (at[d] ?? 0) + 1
      return runs[at[d] ?? 0]?.value ?? 'missing'
    })
    return { startMs, endMs: edges[n + 1] ?? startMs, value: billStates.find((one) => now.includes(one)) ?? 'missing' }
  })
}
