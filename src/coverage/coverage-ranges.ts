import { bucketMs } from '../statistics/bucket-length.ts'
import { coarseRuns } from './coarse.ts'
import type { DomainCoverage } from './read-coverage.ts'
import type { Span } from './runs.ts'
import type { BucketCounts, BucketState } from './state-words.ts'

/** A range of a domain's buckets with equal states, and the lines of it that came late. Unix ms. */
export type CoverageRange = Span & {
  domain: string
  state: BucketState
  sources: { source: string; state: BucketState }[]
  lateLines: number
}

/** A domain's states as ranges, in buckets of `stepMs` that begin at the question's start. */
export function rangesOf({ domain, runs, late }: DomainCoverage, startMs: number, stepMs: number): CoverageRange[] {
  const ranges = stepMs === bucketMs ? runs : coarseRuns(runs, startMs, stepMs)
  let at = 0
  return ranges.map(({ value, ...span }) => {
    let lateLines = 0
    for (; (late[at]?.startMs ?? span.endMs) < span.endMs; at++) lateLines += late[at]?.lines ?? 0
    return { domain, ...span, ...value, lateLines }
  })
}

/** Adds the buckets of a domain's runs to `counts`. */
export function countBuckets(counts: BucketCounts, runs: (Span & { state: BucketState })[], stepMs: number): void {
  for (const { startMs, endMs, state } of runs) counts[state] += (endMs - startMs) / stepMs
}
