import { parameterError, quoted } from '../errors.ts'
import type { WholeNumber } from '../exact-json.ts'
import type { ServiceArea } from '../statistics/service-areas.ts'
import type { TimeRange } from '../statistics/time-range.ts'
import type { Dimension, Metric } from '../usage/figures/metrics.ts'
import { bucketsOf } from '../usage/figures/usage-buckets.ts'
import type { PlaceFilter } from '../usage/rows/place-filter.ts'
import type { SampledRange } from './sampled-range.ts'
import type { SiblingRequest } from './sibling.ts'
import { readStats, type StatsTree } from './stats.ts'
import { contractZone, type Query, rangeError, timeOf } from './wire/parameters.ts'

/** Figures of the contract's oldest queries: one figure a query, whole hours or days, and rates. */

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const daysMax = 31
/** From this span on the ranges are whole days. */
const daysSpanMs = 7 * dayMs
export const legacyIntervals = [300, 3600, 14_400, 28_800, 86_400] as const
type LegacyInterval = (typeof legacyIntervals)[number]

/** `sampled` may have finer buckets than the interval: `merged` of them make one. */
export type LegacyRange = { range: TimeRange; interval: LegacyInterval; merged: number; sampled: SampledRange }

/**
 * The range of a query: today without times; widened to whole hours, or days from 7 days on, and to the interval.
 * @throws AppError CDN.0001 or CDN.0202
 */
export function legacyRange(query: Query, nowMs: number, fixed: LegacyInterval | null = null): LegacyRange {
  const givenStart = query['start_time']?.trim() ? timeOf(query, 'start_time') : null
  const givenEnd = query['end_time']?.trim() ? timeOf(query, 'end_time') : null
  const startMs = givenStart ?? floorTo(givenEnd === null ? nowMs : givenEnd - 1, dayMs)
  const endMs = givenEnd ?? startMs + dayMs
  if (startMs >= endMs) throw rangeError('start_time is not before end_time')
  if (endMs - startMs > daysMax * dayMs) throw rangeError(`it is longer than ${daysMax} days`)
  const isOfDays = endMs - startMs >= daysSpanMs
  const interval = fixed ?? intervalOf(query, isOfDays)
  const unitMs = Math.max(interval * 1000, isOfDays ? dayMs : hourMs)
  const range = { startTimeMs: floorTo(startMs, unitMs), endTimeMs: floorTo(endMs + unitMs - 1, unitMs) }
  const read = interval === 300 || interval === 86_400 ? interval : 3600
  const clipped = { ...range, endTimeMs: Math.min(range.endTimeMs, nowMs) }
  const buckets = bucketsOf(clipped, read, contractZone)
  return { range, interval, merged: interval / read, sampled: { asked: range, interval: read, buckets } }
}

/** Days are those of UTC+8, and so are pieces of them. */
const floorTo = (timeMs: number, unitMs: number) => Math.floor((timeMs + 8 * hourMs) / unitMs) * unitMs - 8 * hourMs

function intervalOf(query: Query, isOfDays: boolean): LegacyInterval {
  const text = query['interval']?.trim()
  if (!text) return isOfDays ? 3600 : 300
  const interval = legacyIntervals.find((one) => String(one) === text)
  if (!interval) throw parameterError('interval', `${quoted(text)} is not one of ${legacyIntervals.join(', ')}`)
  return interval
}

/** A plain figure; a share of another in percent; or a number a second. Null: of the origin, which no log names. */
type Figure = { metric: Metric; of?: Metric; isPerSecond?: true } | null

const figures: Record<string, Figure> = {
  flux: { metric: 'flux' },
  bw: { metric: 'peak_bandwidth' },
  req_num: { metric: 'requests' },
  hit_num: { metric: 'hits' },
  hit_flux: { metric: 'hit_flux' },
  req_hit_rate: { metric: 'hits', of: 'requests' },
  flux_hit_rate: { metric: 'hit_flux', of: 'flux' },
  qps: { metric: 'requests', isPerSecond: true },
  bs_flux: null,
  bs_bw: null,
  bs_num: null,
  bs_fail_num: null,
  bs_fail_rate: null,
}
export const legacyStatTypes = Object.keys(figures)

/** @throws AppError CDN.0001 */
export function legacyStatType(query: Query, fallback: string, allowed: readonly string[] = legacyStatTypes): string {
  const name = query['stat_type']?.trim() || fallback
  if (allowed.includes(name)) return name
  throw parameterError('stat_type', `${quoted(name)} is not one of ${allowed.join(', ')}`)
}

export type LegacyQuestion = {
  domains: string[] | null
  statType: string
  range: LegacyRange
  dimensions: Dimension[]
  places: PlaceFilter
  serviceArea: ServiceArea
  /** True: a value of each bucket; false: one of the whole range. */
  isDetail: boolean
}

/** Values of one group; null where the logs do not say the figure. */
export type LegacySeries = { keys: string[]; values: WholeNumber[] | null }

/** Reads a figure of each group, by its keys. Without dimensions there is always one group, of zeros without a request. */
export async function readLegacy(request: SiblingRequest, question: LegacyQuestion): Promise<LegacySeries[]> {
  const { range, dimensions, isDetail, statType, ...shared } = question
  const figure = figures[statType] ?? null
  const metrics: Metric[] = ['requests', ...(figure ? [figure.metric, ...(figure.of ? [figure.of] : [])] : [])]
  const stats = {
    text: '',
    codeClasses: [],
    figures: [...new Set(metrics)].map((metric) => ({ name: metric, metric })),
  }
  const asked = { ...shared, range: range.sampled, dimensions, isDetail, stats, ipVersion: null }
  const leaves = leavesOf(await readStats(request, asked), dimensions.length)
  return leaves.map(({ keys, figures: found }) => ({ keys, values: valuesOf(found, figure, range, isDetail) }))
}

type Leaf = { keys: string[]; figures: Record<string, WholeNumber | WholeNumber[] | undefined> }

function leavesOf(tree: StatsTree, depth: number): Leaf[] {
  if (depth === 0) return [{ keys: [], figures: tree as Leaf['figures'] }]
  const branches = Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1))
  return branches.flatMap(([key, branch]) =>
    leavesOf(branch as StatsTree, depth - 1).map((leaf) => ({ ...leaf, keys: [key, ...leaf.keys] })),
  )
}

function valuesOf(found: Leaf['figures'], figure: Figure, range: LegacyRange, isDetail: boolean): WholeNumber[] | null {
  if (figure === null) return null
  const { merged, sampled, interval } = range
  const count = isDetail ? Math.ceil(sampled.buckets.starts.length / merged) : 1
  if (found['requests'] === undefined) return Array<number>(count).fill(0)
  const ofMetric = (metric: Metric) => mergedValues(found[metric], metric, isDetail ? merged : 1)
  const [values, whole] = [ofMetric(figure.metric), figure.of === undefined ? null : ofMetric(figure.of)]
  if (values === null || (figure.of !== undefined && whole === null)) return null
  const { startTimeMs, endTimeMs } = sampled.buckets
  const seconds = isDetail ? interval : (endTimeMs - startTimeMs) / 1000
  return values.map((value, n) => {
    if (figure.isPerSecond) return rounded(Number(value) / seconds)
    if (whole === null) return value
    return Number(whole[n]) === 0 ? 0 : rounded((100 * Number(value)) / Number(whole[n]))
  })
}

const rounded = (value: number) => Math.round(value * 100) / 100

/** Sums, or highest values, of `count` buckets at a time. */
function mergedValues(found: WholeNumber | WholeNumber[] | undefined, metric: Metric, count: number) {
  if (found === undefined) return null
  const values = Array.isArray(found) ? found : [found]
  if (count === 1) return values
  const groups = Array.from({ length: Math.ceil(values.length / count) }, (_, n) =>
    values.slice(n * count, (n + 1) * count),
  )
  return groups.map((group) =>
    group.reduce((a, b) => (metric === 'peak_bandwidth' ? higher(a, b) : asNumber(BigInt(a) + BigInt(b)))),
  )
}

/** `Math.max` takes no bigint. */
export function higher(a: WholeNumber, b: WholeNumber): WholeNumber {
  if (a > b) return a
  return b
}

/** From 2^53 on a sum keeps every digit. */
const asNumber = (sum: bigint): WholeNumber => (sum <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(sum) : sum)
