import { AppError, parameterError, quoted } from '../errors.ts'
import { askedRange, askedZone } from '../statistics/asked-range.ts'
import { listOf } from '../statistics/list-parameter.ts'
import { carriers, countries, provinces } from '../statistics/places.ts'
import { type ServiceArea, serviceAreas } from '../statistics/service-areas.ts'
import type { TimeRange } from '../statistics/time-range.ts'
import { dimensions, metrics } from './figures/metrics.ts'
import {
  bucketsOf,
  type Comparison,
  comparedBuckets,
  comparisons,
  type UsageBuckets,
  type UsageInterval,
  usageIntervals,
} from './figures/usage-buckets.ts'
import { ipVersions, type UsageQuery } from './figures/usage-query.ts'
import { type PlaceFilter, placeCodesOf } from './rows/place-filter.ts'
import { pointsMax, type UsageParameters } from './usage-schema.ts'

type AskedUsage = { query: UsageQuery; compared: UsageQuery | null }

/**
 * The question that the parameters ask.
 * @throws AppError CDN.0001 or CDN.0015, naming the parameter; CDN.0005 for too many buckets
 */
export function askedUsage(asked: UsageParameters, serverZone: string, nowMs: number): AskedUsage {
  const timeZone = usageZone(asked.time_zone, serverZone)
  const buckets = askedUsageBuckets(asked, timeZone, nowMs)
  const query: UsageQuery = {
    buckets,
    serviceArea: areaOf(asked.service_area),
    metrics: namesOf('metrics', asked.metrics || 'flux,peak_bandwidth,requests', metrics),
    dimensions: asked.group_by ? namesOf('group_by', asked.group_by, dimensions) : [],
    places: askedPlaces(asked),
    ipVersion: asked.ip_version ? oneOf('ip_version', ipVersions, asked.ip_version) : null,
    statusClasses: null,
  }
  const earlier = asked.compare ? earlierBuckets(buckets, oneOf('compare', comparisons, asked.compare)) : null
  return { query, compared: earlier && { ...query, buckets: earlier } }
}

/** The asked zone, by default the server's. @throws AppError CDN.0001 */
export const usageZone = (text: string | undefined, serverZone: string): string =>
  text ? askedZone('time_zone', text) : serverZone

/** The clients that count. @throws AppError CDN.0001, naming the parameter */
export function askedPlaces(asked: Pick<UsageParameters, 'country' | 'province' | 'isp'>): PlaceFilter {
  const filter = {
    countries: placeCodesOf('country', asked.country, countries),
    provinces: placeCodesOf('province', asked.province, provinces),
    carriers: placeCodesOf('isp', asked.isp, carriers),
  }
  if (filter.provinces && filter.countries && filter.countries.join() !== 'cn')
    throw parameterError('province', 'it goes with country=cn alone')
  return filter
}

const dayMs = 86_400_000

function askedUsageBuckets(
  { interval: length, ...asked }: UsageParameters,
  timeZone: string,
  nowMs: number,
): UsageBuckets {
  const range = askedRange(asked, timeZone, nowMs)
  const endTimeMs = Math.min(range.endTimeMs, nowMs)
  if (range.startTimeMs >= endTimeMs) throw parameterError('start_time', 'it lies in the future')
  const interval = length ? intervalOf(length) : defaultInterval(endTimeMs - range.startTimeMs)
  const clipped = { startTimeMs: range.startTimeMs, endTimeMs }
  assertSpan(clipped, interval)
  return bucketsOf(clipped, interval, timeZone)
}

/** Before the buckets are listed: there may be millions. */
function assertSpan({ startTimeMs, endTimeMs }: TimeRange, interval: UsageInterval): void {
  if (typeof interval !== 'number') return
  const buckets = Math.ceil((endTimeMs - startTimeMs) / (interval * 1000))
  if (buckets <= pointsMax) return
  const problem = `The range has ${buckets} buckets of ${interval} seconds; one answer has at most ${pointsMax} points`
  throw new AppError('CDN.0005', `${problem}. Ask for a longer interval, or create an export task: reports_detail`)
}

function defaultInterval(spanMs: number): UsageInterval {
  if (spanMs <= 7 * dayMs) return 300
  return spanMs <= 92 * dayMs ? 3600 : 86_400
}

/** A length of buckets. @throws AppError CDN.0001 */
export function intervalOf(text: string): UsageInterval {
  const interval = usageIntervals.find((candidate) => String(candidate) === text)
  if (!interval) throw parameterError('interval', `${quoted(text)} is not one of ${usageIntervals.join(', ')}`)
  return interval
}

function earlierBuckets(buckets: UsageBuckets, comparison: Comparison): UsageBuckets {
  const earlier = comparedBuckets(buckets, comparison)
  if (earlier === null) throw parameterError('compare', 'months have no weekdays in common')
  if (earlier.startTimeMs < 0) throw parameterError('compare', 'the compared range begins before 1970')
  return earlier
}

/** A service area, by default all. @throws AppError CDN.0015 */
export function areaOf(text: string | undefined): ServiceArea {
  const area = serviceAreas.find((candidate) => candidate === (text || 'global'))
  if (area) return area
  const problem = `${quoted(text ?? '')} is not one of ${serviceAreas.join(', ')}`
  throw new AppError('CDN.0015', `The parameter service_area is invalid: ${problem}`)
}

/** @throws AppError CDN.0001, naming the parameter */
export function oneOf<T extends string>(parameter: string, allowed: readonly T[], value: string): T {
  const found = allowed.find((candidate) => candidate === value)
  if (!found) throw parameterError(parameter, `${quoted(value)} is not one of ${allowed.join(', ')}`)
  return found
}

const namesMax = 100

/** Distinct names of a list, in the order of the parameter. */
function namesOf<T extends string>(parameter: string, text: string, allowed: readonly T[]): T[] {
  const names = listOf(parameter, text, namesMax)
    .map((name) => name.trim())
    .filter((name) => name !== '')
  return [...new Set(names.map((name) => oneOf(parameter, allowed, name)))]
}
