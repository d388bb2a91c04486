import { AppError } from '../errors.ts'
import type { WholeNumber } from '../exact-json.ts'
import { exportThatGives, type SharedParameters } from './export-that-gives.ts'
import { type Dimension, type Metric, totalKinds } from './figures/metrics.ts'
import { type Point, readPoints } from './figures/read-series.ts'
import { endsOf } from './figures/usage-buckets.ts'
import type { UsageQuery } from './figures/usage-query.ts'
import type { KnownBuckets } from './known-buckets.ts'
import type { PinnedData } from './pinned.ts'
import type { ReadRows } from './rows/data.ts'
import { pointsMax } from './usage-schema.ts'

/** Figures of one key: a value for each bucket, and of the whole range; null is not known. */
export type Series = {
  keys: Partial<Record<Dimension, string>>
  points: Partial<Record<Metric, (WholeNumber | null)[]>>
  totals: Partial<Record<Metric, WholeNumber | null>>
}

type Asked = {
  rows: ReadRows
  data: PinnedData
  query: UsageQuery
  /** The parameters that asked for the domains and clients; omit where no error is shown. */
  parameters?: SharedParameters
}

/**
 * Reads every bucket of every series: of one without a dimension, of all domains by domain, else of keys that occur.
 * @param known may be read at the same time
 * @throws AppError CDN.0005 for more points than an answer has, with the export that gives them; as `readPoints`
 */
export async function readSeries(asked: Asked, known: KnownBuckets | Promise<KnownBuckets>): Promise<Series[]> {
  const { rows, data, query } = asked
  const { dimensions } = query
  const isByDomain = dimensions.length === 1 && dimensions[0] === 'domain'
  if (isByDomain) assertPoints(asked, data.domains.length)
  const points = await readPoints({ ...data, rows }, { ...query, metrics: withSums(query.metrics) }, pointsMax)
  const byKey = groupedByKey(points)
  if (points.length > pointsMax) throw tooMany(asked, byKey.size)
  const keys = isByDomain ? data.domains.map((domain) => [domain]) : dimensions.length === 0 ? [[]] : keysOf(byKey)
  assertPoints(asked, keys.length)
  const found = await known
  return keys.map((key) => seriesOf(query, key, byKey.get(key.join('\0')) ?? new Map(), found))
}

type PointsOfKey = Map<number, Point>

function groupedByKey(points: Point[]): Map<string, PointsOfKey> {
  const byKey = new Map<string, PointsOfKey>()
  for (const point of points) {
    const key = point.keys.join('\0')
    const known = byKey.get(key)
    if (known) known.set(point.startMs, point)
    else byKey.set(key, new Map([[point.startMs, point]]))
  }
  return byKey
}

const keysOf = (byKey: Map<string, PointsOfKey>) => [...byKey.keys()].sort().map((key) => key.split('\0'))

function seriesOf(query: UsageQuery, key: string[], points: PointsOfKey, known: KnownBuckets): Series {
  const { buckets, metrics, dimensions } = query
  const domain = dimensions.includes('domain') ? (key[dimensions.indexOf('domain')] ?? null) : null
  const ends = endsOf(buckets)
  const isKnown = buckets.starts.map((startMs, n) => known.isKnown(domain, { startMs, endMs: ends[n] ?? startMs }))
  const valuesOf = (metric: Metric) =>
    buckets.starts.map((startMs, n) => {
      if (!isKnown[n]) return null
      const point = points.get(startMs)
      return point ? (point.figures[metric] ?? null) : zeroOf(metric)
    })
  const values: Series['points'] = Object.fromEntries(metrics.map((metric) => [metric, valuesOf(metric)]))
  const totalOf = (metric: Metric) => {
    const kind = totalKinds[metric]
    const summed = typeof kind === 'string' ? metric : kind.meanOf
    const summands = (values[summed] ?? valuesOf(summed)).filter((_, n) => isKnown[n])
    const total = combined(kind === 'peak' ? 'peak' : 'sum', summands)
    return total === null || typeof kind === 'string' ? total : meanOf(total, buckets)
  }
  return {
    keys: Object.fromEntries(dimensions.map((dimension, n) => [dimension, key[n] ?? ''])),
    points: values,
    totals: Object.fromEntries(metrics.map((metric) => [metric, totalOf(metric)])),
  }
}

/** Figures, and the sums of which the means of the whole range are made. */
function withSums(metrics: readonly Metric[]): Metric[] {
  const sums = metrics.flatMap((metric) => {
    const kind = totalKinds[metric]
    return typeof kind === 'string' ? [] : [kind.meanOf]
  })
  return [...new Set([...metrics, ...sums])]
}

/** A known bucket without a request. No log format names the origin. */
const zeroOf = (metric: Metric): number | null => (metric.startsWith('origin_') ? null : 0)

/** Null where one of the values is not known, or where there is none. */
function combined(kind: 'sum' | 'peak', values: (WholeNumber | null)[]): WholeNumber | null {
  const known = values.filter((value) => value !== null)
  if (known.length === 0 || known.length < values.length) return null
  return kind === 'peak' ? highestOf(known) : sumOf(known)
}

function highestOf(values: readonly WholeNumber[]): WholeNumber {
  let highest: WholeNumber = 0
  // Not Math.max, which takes no wide numbers.
  for (const value of values) if (value > highest) highest = value
  return highest
}

/** Wide numbers take twenty times as long: they are left for sums that need them. */
function sumOf(values: readonly WholeNumber[]): WholeNumber {
  const sum = values.reduce<number>((total, value) => total + Number(value), 0)
  // Sums of whole numbers that are not negative lose no digit below 2^53, nor do their parts.
  if (sum <= Number.MAX_SAFE_INTEGER) return sum
  return exact(values.reduce((total: bigint, value) => total + BigInt(value), 0n))
}

/** Bit/s over all buckets, rounded half up. */
function meanOf(bytes: WholeNumber, { startTimeMs, endTimeMs }: UsageQuery['buckets']): WholeNumber {
  const seconds = BigInt((endTimeMs - startTimeMs) / 1000)
  return exact((BigInt(bytes) * 16n + seconds) / (seconds * 2n))
}

const exact = (value: bigint): WholeNumber => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : value)

function assertPoints(asked: Asked, series: number): void {
  if (asked.query.buckets.starts.length * series > pointsMax) throw tooMany(asked, series)
}

function tooMany({ query, parameters = {} }: Asked, series: number): AppError {
  const { starts } = query.buckets
  const problem = `The answer would have at least ${starts.length * series} points; one has at most ${pointsMax}`
  return new AppError(
    'CDN.0005',
    `${problem}. Ask for a longer interval, a shorter range or fewer domains${exportThatGives(query, parameters)}`,
  )
}
