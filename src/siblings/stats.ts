import { AppError } from '../errors.ts'
import type { WholeNumber } from '../exact-json.ts'
import type { Metric } from '../usage/figures/metrics.ts'
import { type Point, readPoints } from '../usage/figures/read-series.ts'
import { needsOf, type UsageQuery } from '../usage/figures/usage-query.ts'
import { pointsMax } from '../usage/usage-schema.ts'
import { asOneBucket, type SampledRange } from './sampled-range.ts'
import type { SiblingRequest } from './sibling.ts'
import type { StatTypes } from './stat-types.ts'

/** Values by the contract's words; below the names of groups where there are some. */
export type StatsTree = { [name: string]: StatsTree | WholeNumber | WholeNumber[] }

export type StatsQuestion = Pick<UsageQuery, 'dimensions' | 'places' | 'ipVersion' | 'serviceArea'> & {
  domains: string[] | null
  range: SampledRange
  /** True: a value of each bucket; false: one of the whole range. */
  isDetail: boolean
  stats: StatTypes
}

/**
 * Reads the asked figures as a tree. Groups without a request are left out, and so is a figure that the logs do not say.
 * @throws AppError CDN.0005 for more than 100,000 points
 */
export async function readStats(request: SiblingRequest, question: StatsQuestion): Promise<StatsTree> {
  const tree = emptyTree()
  const { range, stats, isDetail, dimensions, domains } = question
  if (range.buckets.starts.length === 0) return tree
  const buckets = isDetail ? range.buckets : asOneBucket(range)
  const { places, ipVersion, serviceArea } = question
  const shared = { buckets, places, ipVersion, serviceArea, dimensions, statusClasses: null }
  const metrics: Metric[] = [...new Set(stats.figures.map(({ metric }) => metric))]
  const ofFigures = { ...shared, metrics }
  const ofCodes: UsageQuery = {
    ...shared,
    metrics: ['requests'],
    // The contract has single codes of all areas, whatever area is asked.
    serviceArea: 'global',
    dimensions: [...dimensions, 'status'],
    statusClasses: stats.codeClasses,
  }
  const needs = [
    ...(metrics.length > 0 ? needsOf(ofFigures) : []),
    ...(stats.codeClasses.length > 0 ? needsOf(ofCodes) : []),
  ]
  if (needs.length === 0) return tree
  await request.read(domains, needs, async (data) => {
    const read = (query: UsageQuery) => readPoints({ ...data, rows: request.engine.rows }, query, pointsMax)
    const shown = (values: WholeNumber[]) => (isDetail ? values : (values[0] ?? 0))
    for (const [keys, points] of byKey(metrics.length > 0 ? await read(ofFigures) : [], ofFigures)) {
      const branch = branchOf(tree, keys)
      for (const { name, metric } of stats.figures) {
        const values = valuesOf(points, metric, ofFigures)
        if (values !== null) branch[name] = shown(values)
      }
    }
    for (const [keys, points] of byKey(stats.codeClasses.length > 0 ? await read(ofCodes) : [], ofCodes)) {
      const values = valuesOf(points, 'requests', ofCodes)
      if (values !== null) branchOf(tree, keys.slice(0, -1))[keys.at(-1) ?? ''] = shown(values)
    }
  })
  return tree
}

/** Names in it come from logs: `__proto__` is one like others. */
const emptyTree = (): StatsTree => Object.create(null)

function branchOf(tree: StatsTree, keys: readonly string[]): StatsTree {
  let branch = tree
  for (const key of keys) {
    branch[key] ??= emptyTree()
    branch = branch[key] as StatsTree
  }
  return branch
}

type OfKey = [keys: string[], points: Map<number, Point>]

function byKey(points: Point[], { buckets }: UsageQuery): OfKey[] {
  const found = new Map<string, OfKey>()
  for (const point of points) {
    const text = point.keys.join('\0')
    const known = found.get(text)
    if (known) known[1].set(point.startMs, point)
    else found.set(text, [point.keys, new Map([[point.startMs, point]])])
  }
  const count = points.length > pointsMax ? points.length : found.size * buckets.starts.length
  if (count > pointsMax)
    throw new AppError(
      'CDN.0005',
      `The answer would have ${count} points; one has at most ${pointsMax}. Ask for fewer domains`,
    )
  return [...found.values()]
}

/** A value of each bucket, zero without a request; null if it is not known of one. */
function valuesOf(points: Map<number, Point>, metric: Metric, { buckets }: UsageQuery): WholeNumber[] | null {
  const values = buckets.starts.map((startMs) => {
    const point = points.get(startMs)
    return point ? (point.figures[metric] ?? null) : 0
  })
  return values.includes(null) ? null : (values as WholeNumber[])
}
