import type { DomainState } from './bucket-states.ts'
import { joined, type Run } from './runs.ts'
import { type BucketState, stateOfParts } from './state-words.ts'

/**
 * States of wider buckets from those of five minutes: as their parts, where these agree (state-words.ts).
 * @param startMs the start of a wide bucket
 */
export function coarseRuns(runs: Run<DomainState>[], startMs: number, stepMs: number): Run<DomainState>[] {
  const floor = (timeMs: number) => Math.floor((timeMs - startMs) / stepMs) * stepMs + startMs
  const result: Run<DomainState>[] = []
  let parts: DomainState[] = []
  const endBucket = (bucketMs: number) => {
    if (parts.length > 0) result.push({ startMs: bucketMs, endMs: bucketMs + stepMs, value: merged(parts) })
    parts = []
  }
  for (const run of runs) {
    parts.push(run.value)
    const lastMs = floor(run.endMs)
    const firstMs = floor(run.startMs)
    if (lastMs === firstMs) continue // a run that ends within its first bucket
    endBucket(firstMs)
    result.push({ startMs: firstMs + stepMs, endMs: lastMs, value: run.value })
    if (lastMs < run.endMs) parts.push(run.value)
  }
  const last = runs.at(-1)
  if (last) endBucket(floor(last.endMs))
  return joined(result, (a, b) => JSON.stringify(a) === JSON.stringify(b))
}

function merged(parts: DomainState[]): DomainState {
  const bySource = new Map<string, BucketState[]>()
  for (const { sources } of parts)
    for (const { source, state } of sources) bySource.set(source, [...(bySource.get(source) ?? []), state])
  const sources = [...bySource].map(([source, states]) => ({ source, state: stateOfParts(new Set(states)) }))
  return {
    state: stateOfParts(new Set(parts.map(({ state }) => state))),
    sources: sources.sort((a, b) => (a.source < b.source ? -1 : 1)),
  }
}
