import { bucketMs } from '../statistics/bucket-length.ts'
import { coverageSql, type Question, rangeSeconds, sharedParameters } from './coverage-question.ts'
import type { Run, Span } from './runs.ts'

const requestRunsSql = coverageSql('./request-runs.sql')

/** A domain, and the span in which requests decide its states; null: none do. */
type Undecided = { domain: string; undecided: Span | null }

/**
 * Reads the buckets with a request of each domain, as runs in order. Most domains have reports of the whole range: then
 * nothing is read, which was half of the time of an answer (docs/adr/0060-fewer-rows-for-an-answer.md).
 */
export async function readRequestRuns(
  question: Question,
  domains: readonly Undecided[],
): Promise<ReadonlyMap<string, Run<true>[]>> {
  const found = new Map<string, Run<true>[]>()
  for (const group of groupsOf(domains, question.range)) {
    const range = {
      startMs: Math.max(question.range.startMs, Math.min(...group.map(({ span }) => span.startMs))),
      endMs: Math.min(question.range.endMs, Math.max(...group.map(({ span }) => span.endMs))),
    }
    const rows = await question.rows<{ domain: string; runs: [number, number][] }>(requestRunsSql, {
      ...sharedParameters({ ...question, domains: group.map(({ domain }) => domain) }),
      ...rangeSeconds(range),
    })
    for (const { domain, runs } of rows) found.set(domain, runs.map(requestRun))
  }
  return found
}

/** A domain without any report is open for the whole range, others for its end: one of those must not widen these. */
function groupsOf(domains: readonly Undecided[], { startMs, endMs }: Span) {
  const open = domains.flatMap(({ domain, undecided }) => (undecided === null ? [] : [{ domain, span: undecided }]))
  const isLong = ({ span }: { span: Span }) => (span.endMs - span.startMs) * 2 > endMs - startMs
  return [open.filter(isLong), open.filter((one) => !isLong(one))].filter((group) => group.length > 0)
}

const requestRun = ([first, last]: [number, number]): Run<true> => ({
  startMs: first * bucketMs,
  endMs: (last + 1) * bucketMs,
  value: true,
})
