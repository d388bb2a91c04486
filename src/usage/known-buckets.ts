import { type CoverageRange, countBuckets, rangesOf } from '../coverage/coverage-ranges.ts'
import { joined, type Run, type Span } from '../coverage/runs.ts'
import { readSeenCoverage } from '../coverage/seen-coverage.ts'
import { type BucketCounts, type BucketState, isUnknown, noBuckets } from '../coverage/state-words.ts'
import { statesOfAll } from '../coverage/states-of-all.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import { bucketMs } from '../statistics/bucket-length.ts'
import type { PinnedData } from './pinned.ts'
import { commonParameters, type ReadRows } from './rows/data.ts'
import { pastUsageSql } from './rows/rows.ts'
import { readWatermarks } from './rows/watermarks.ts'

const pastWatermarksSql = fillSlots(sqlFile(import.meta.url, './past-watermarks.sql'), { usage: pastUsageSql })

/** Which figures of a range are known, and the states of its 5-minute buckets. */
export type KnownBuckets = {
  /** The last bucket with a request of any domain, unix ms; null without one. */
  loggedUntilMs: number | null
  /** States of all domains as one, and their sums over the domains; null for a version of the past. */
  states: { judgedAtMs: number; runs: Run<BucketState>[]; counts: BucketCounts } | null
  /** States of each domain's buckets, in order; empty for a version of the past. */
  rangesOf: ReadonlyMap<string, CoverageRange[]>
  /** Each domain's last bucket with a request, unix ms; those without one in the range are not there. */
  watermarkMsOf: ReadonlyMap<string, number>
  /** True if a bucket's figures are known: of one domain, or of any (null). A figure that is not known is not zero. */
  isKnown(domain: string | null, bucket: Span): boolean
}

type Question = { rows: ReadRows; data: PinnedData; range: Span }

/**
 * Tells known figures from unknown ones by the rule of files: where a source has a stated cadence, all but missing and refused buckets;
 * else those up to the last one with a request (docs/guide/coverage.md).
 */
export async function readKnownBuckets(question: Question): Promise<KnownBuckets> {
  const [seconds, found] = await Promise.all([
    watermarksOf(question),
    question.data.isPast ? null : readStates(question),
  ])
  const watermarkMsOf = new Map([...seconds].map(([domain, watermark]) => [domain, watermark * 1000]))
  const allMs = [...watermarkMsOf.values()].reduce((last, timeMs) => Math.max(last, timeMs), 0)
  const byWatermark = { loggedUntilMs: allMs === 0 ? null : allMs, watermarkMsOf }
  const byLastRequest = (domain: string | null, { startMs }: Span) =>
    startMs <= (domain === null ? allMs : (watermarkMsOf.get(domain) ?? 0))
  if (found === null) return { ...byWatermark, states: null, rangesOf: new Map(), isKnown: byLastRequest }
  const { states, isStated, known, knownOf, domainRanges } = found
  const byState = (domain: string | null, bucket: Span) =>
    overlaps(domain === null ? known : knownOf.get(domain), bucket)
  return { ...byWatermark, states, rangesOf: domainRanges, isKnown: isStated ? byState : byLastRequest }
}

const endOfTime = 4_294_967_295

async function watermarksOf({ rows, data, range }: Question): Promise<ReadonlyMap<string, number>> {
  const request = { serviceArea: 'global' as const, startTimeMs: range.startMs }
  if (data.removedLoadIds.length === 0) return await readWatermarks({ ...data, rows, request })
  const found = await rows<{ domain: string; watermark: number }>(pastWatermarksSql, {
    ...commonParameters({ ...data, request }),
    removedLoadIds: data.removedLoadIds,
    from: range.startMs / 1000,
    to: endOfTime,
  })
  return new Map(found.map((row) => [row.domain, row.watermark]))
}

async function readStates({ rows, data, range }: Question) {
  const coverage = await readSeenCoverage({ ...data, rows, range, seesAllFiles: false, statesOnly: true })
  const counts = noBuckets()
  const all = statesOfAll()
  const [domainRanges, knownOf] = [new Map<string, CoverageRange[]>(), new Map<string, Span[]>()]
  for await (const domain of coverage.domains()) {
    const ranges = rangesOf(domain, range.startMs, bucketMs)
    countBuckets(counts, ranges, bucketMs)
    const runs = ranges.map(({ startMs, endMs, state }) => ({ startMs, endMs, value: state }))
    all.add(runs)
    domainRanges.set(domain.domain, ranges)
    knownOf.set(domain.domain, knownSpans(runs))
  }
  const runs = all.runs()
  const isStated = coverage.sources.some((source) => source.isStated)
  const states = { judgedAtMs: coverage.judgedAtMs, runs, counts }
  return { states, isStated, known: knownSpans(runs), knownOf, domainRanges }
}

const knownSpans = (runs: Run<BucketState>[]): Span[] =>
  joined(
    runs.filter(({ value }) => !isUnknown(value)).map(({ startMs, endMs }) => ({ startMs, endMs, value: true })),
    Object.is,
  )

/** True if one of the spans, in order, has a part of the bucket. */
function overlaps(spans: readonly Span[] | undefined, { startMs, endMs }: Span): boolean {
  if (spans === undefined) return false
  let [low, high] = [0, spans.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((spans[middle] as Span).endMs <= startMs) low = middle + 1
    else high = middle
  }
  return (spans[low]?.startMs ?? Number.POSITIVE_INFINITY) < endMs
}
