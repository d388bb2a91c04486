import { bucketMs } from '../statistics/bucket-length.ts'
import { coarseRuns } from './coarse.ts'
import type { DomainCoverage, LateLines } from './read-coverage.ts'
import type { Run, Span } from './runs.ts'
import type { BucketCounts, BucketState } from './state-words.ts'

/** A range of a domain's buckets with equal states; buckets with late lines form ranges of their own. Unix ms. */
export type CoverageRange = Span & {
  domain: string
  state: BucketState
  sources: { source: string; state: BucketState }[]
  lateLines: number
}

/** A domain's states as ranges, in buckets of `stepMs` that begin at the question's start. */
export function rangesOf(coverage: DomainCoverage, startMs: number, stepMs: number): CoverageRange[] {
  const runs = stepMs === bucketMs ? coverage.runs : coarseRuns(coverage.runs, startMs, stepMs)
  const lateRuns = lateRunsOf(coverage.late, startMs, stepMs)
  let at = 0
  return runs.flatMap((run) => {
    const late: Run<number>[] = []
    for (; (lateRuns[at]?.startMs ?? run.endMs) < run.endMs; at++) late.push(lateRuns[at] as Run<number>)
    return piecesOf(run, late).map((piece) => ({ domain: coverage.domain, ...run.value, ...piece }))
  })
}

/** Cuts a run into pieces with late lines and pieces without. */
function piecesOf(run: Span, late: Run<number>[]): (Span & { lateLines: number })[] {
  const pieces: (Span & { lateLines: number })[] = []
  let doneMs = run.startMs
  const piece = (startMs: number, endMs: number, lateLines: number) => {
    const last = pieces.at(-1)
    if (last && last.lateLines > 0 && lateLines > 0) {
      last.endMs = endMs
      last.lateLines += lateLines
    } else if (endMs > startMs) pieces.push({ startMs, endMs, lateLines })
    doneMs = endMs
  }
  for (const one of late) {
    if (one.startMs > doneMs) piece(doneMs, one.startMs, 0)
    piece(one.startMs, one.endMs, one.value)
  }
  if (run.endMs > doneMs) piece(doneMs, run.endMs, 0)
  return pieces
}

/** Late lines of each bucket of `stepMs`, summed over all sources. */
function lateRunsOf(late: LateLines[], startMs: number, stepMs: number): Run<number>[] {
  const lines = new Map<number, number>()
  for (const one of late) {
    const atMs = Math.floor((one.startMs - startMs) / stepMs) * stepMs + startMs
    lines.set(atMs, (lines.get(atMs) ?? 0) + one.lines)
  }
  return [...lines].map(([atMs, value]) => ({ startMs: atMs, endMs: atMs + stepMs, value }))
}

/** Adds the buckets of a domain's runs to `counts`. */
export function countBuckets(counts: BucketCounts, runs: (Span & { state: BucketState })[], stepMs: number): void {
  for (const { startMs, endMs, state } of runs) counts[state] += (endMs - startMs) / stepMs
}
