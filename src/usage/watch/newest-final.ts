import type { CoverageRange } from '../../coverage/coverage-ranges.ts'
import type { Span } from '../../coverage/runs.ts'
import { type BucketState, isSettled } from '../../coverage/state-words.ts'
import type { WholeNumber } from '../../exact-json.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import type { Metric } from '../figures/metrics.ts'
import { bucketsOf } from '../figures/usage-buckets.ts'
import { ofAllTraffic } from '../figures/usage-query.ts'
import { type KnownBuckets, readKnownBuckets } from '../known-buckets.ts'
import type { PinnedData } from '../pinned.ts'
import type { ReadRows } from '../rows/data.ts'
import { readWatermarks } from '../rows/watermarks.ts'
import { readSeries } from '../series.ts'

/** Figures of a bucket that are watched. */
export const watchedMetrics = [
  'flux',
  'requests',
  'hits',
  'status_2xx',
  'status_3xx',
  'status_4xx',
  'status_5xx',
] as const satisfies readonly Metric[]
export type WatchedMetric = (typeof watchedMetrics)[number]

/** The newest bucket of a domain that is settled, and whose figures are known. */
export type NewestBucket = {
  startMs: number
  state: BucketState
  /** Null where the log does not say. */
  figures: Record<WatchedMetric, WholeNumber | null>
}

/** A domain as of now. */
export type WatchedDomain = {
  domain: string
  /** The account that has it. */
  accountId: string
  /** The start of the last bucket with a request, unix ms; null without one. */
  watermarkMs: number | null
  /** Null where the range has no such bucket. */
  newest: NewestBucket | null
  /**
   * Buckets of the range that a source was expected to report, and did not. Those after the watermark are left out, as they
   * may not be due yet.
   */
  unknown: { missing: number; refused: number }
}

type Question = {
  rows: ReadRows
  data: PinnedData
  /** Buckets whose states are looked at, unix ms. */
  range: Span
  /** Watermarks are looked for from here on, unix ms: not after the range's start. */
  watermarksFromMs: number
}

/** Reads the newest settled bucket of each domain, with its figures, and the number of unknown ones before it. */
export async function readNewestFinal(question: Question): Promise<WatchedDomain[]> {
  const { rows, data, range } = question
  if (data.domains.length === 0) return []
  const known = await readKnownBuckets({ rows, data, range })
  const watermarks = await watermarksOf(question, known)
  const newest = await readNewest(question, known)
  return data.domains.map((domain) => {
    const watermarkMs = watermarks.get(domain) ?? null
    const unknown = unknownBefore(known.rangesOf.get(domain) ?? [], watermarkMs ?? 0)
    return {
      domain,
      accountId: data.owners.get(domain) ?? '',
      watermarkMs,
      unknown,
      newest: newest.get(domain) ?? null,
    }
  })
}

/** Domains that are silent in the range are looked for before it. */
async function watermarksOf({ rows, data, watermarksFromMs }: Question, known: KnownBuckets) {
  const silent = data.domains.filter((domain) => !known.watermarkMsOf.has(domain))
  if (silent.length === 0) return known.watermarkMsOf
  const request = { serviceArea: 'global' as const, startTimeMs: watermarksFromMs }
  const found = await readWatermarks({ ...data, domains: silent, rows, request })
  const earlier = [...found].map(([domain, seconds]) => [domain, seconds * 1000] as const)
  return new Map([...known.watermarkMsOf, ...earlier])
}

function unknownBefore(ranges: readonly CoverageRange[], watermarkMs: number): WatchedDomain['unknown'] {
  const unknown = { missing: 0, refused: 0 }
  for (const { startMs, endMs, state, sources } of ranges) {
    if ((state !== 'missing' && state !== 'refused') || sources.length === 0) continue
    unknown[state] += Math.max(0, Math.min(endMs, watermarkMs) - startMs) / bucketMs
  }
  return unknown
}

type Last = { domain: string; startMs: number; state: BucketState }

async function readNewest({ rows, data }: Question, known: KnownBuckets): Promise<Map<string, NewestBucket>> {
  const found = new Map<string, NewestBucket>()
  const last = data.domains.flatMap((domain) => newestOf(domain, known) ?? [])
  for (const part of partsOf(last)) {
    const range = { startTimeMs: part[0]?.startMs ?? 0, endTimeMs: (part.at(-1)?.startMs ?? 0) + bucketMs }
    const domains = part.map(({ domain }) => domain)
    const series = await readSeries({ rows, data: { ...data, domains }, query: queryOf(range) }, known)
    const pointsOf = new Map(series.map(({ keys, points }) => [keys.domain, points]))
    for (const { domain, startMs, state } of part) {
      const place = (startMs - range.startTimeMs) / bucketMs
      const cells = watchedMetrics.map((metric) => [metric, pointsOf.get(domain)?.[metric]?.[place] ?? null])
      found.set(domain, { startMs, state, figures: Object.fromEntries(cells) })
    }
  }
  return found
}

/** Most points, domains times buckets, that are read at once to take one of each domain. */
const pointsOfPart = 20_000

/** The domains by their newest bucket, those near in time together: a question for each bucket took longer than the rest. */
function partsOf(last: Last[]): Last[][] {
  const parts: Last[][] = []
  for (const one of last.sort((a, b) => a.startMs - b.startMs)) {
    const part = parts.at(-1)
    const buckets = (one.startMs - (part?.[0]?.startMs ?? 0)) / bucketMs + 1
    if (part && buckets * (part.length + 1) <= pointsOfPart) part.push(one)
    else parts.push([one])
  }
  return parts
}

const queryOf = (range: { startTimeMs: number; endTimeMs: number }) => ({
  ...ofAllTraffic,
  buckets: bucketsOf(range, 300, 'UTC'),
  serviceArea: 'global' as const,
  metrics: watchedMetrics,
  dimensions: ['domain'] as const,
})

/** Where nothing is stated, a settled bucket after the last request is not known (known-buckets.ts). */
function newestOf(domain: string, known: KnownBuckets): Last | null {
  const settled = (known.rangesOf.get(domain) ?? []).filter(({ state }) => isSettled(state))
  for (const { startMs, endMs, state } of settled.reverse()) {
    for (let bucket = endMs - bucketMs; bucket >= startMs; bucket -= bucketMs) {
      if (known.isKnown(domain, { startMs: bucket, endMs: bucket + bucketMs }))
        return { domain, startMs: bucket, state }
    }
  }
  return null
}
