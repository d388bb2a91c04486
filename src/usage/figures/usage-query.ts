import { AppError } from '../../errors.ts'
import type { Need } from '../../ledger/assert-kept.ts'
import type { ServiceArea } from '../../statistics/service-areas.ts'
import { isFiltered, type PlaceFilter } from '../rows/place-filter.ts'
import { carrierCodeSql, countryCodeSql, placeSql, provinceOrOtherSql } from '../rows/places-sql.ts'
import { locatedHoursSql, locatedUsageSql, pastUsageSql, type Sums, usageSql } from '../rows/rows.ts'
import type { Dimension, Metric } from './metrics.ts'
import type { UsageBuckets } from './usage-buckets.ts'

export const ipVersions = ['IPv4', 'IPv6'] as const
export type IpVersion = (typeof ipVersions)[number]

/** A question on usage: every face of the figures asks in these words, and has the same answer. */
export type UsageQuery = {
  buckets: UsageBuckets
  serviceArea: ServiceArea
  metrics: readonly Metric[]
  dimensions: readonly Dimension[]
  places: PlaceFilter
  /** Null: both, and clients without an address. */
  ipVersion: IpVersion | null
  /** Requests with a status of these hundreds alone; null: every status. */
  statusClasses: readonly number[] | null
}

/** The whole traffic of a question's buckets. */
export const ofAllTraffic = {
  places: { countries: null, provinces: null, carriers: null },
  ipVersion: null,
  statusClasses: null,
} as const satisfies Partial<UsageQuery>

const ipVersionSql =
  `multiIf(client_ip = toIPv6('::'), '', ` +
  `client_ip >= toIPv6('::ffff:0.0.0.0') AND client_ip <= toIPv6('::ffff:255.255.255.255'), 'IPv4', 'IPv6')`

/** SQL of each dimension's text, from columns of the rows. */
export const dimensionSql: Record<Dimension, string> = {
  domain: 'toString(domain)',
  country: countryCodeSql,
  province: provinceOrOtherSql,
  isp: carrierCodeSql,
  ip_version: ipVersionSql,
  status_class: `concat(toString(intDiv(status, 100)), 'xx')`,
  status: 'toString(status)',
  hit: 'toString(cache)',
}

const places: readonly Dimension[] = ['country', 'province', 'isp']
const ofRequests: readonly Dimension[] = ['ip_version', 'status_class', 'status', 'hit']
/** Figures that the sums by place have, and that the copies of forgotten usage have. */
const plainMetrics: readonly Metric[] = ['flux', 'bandwidth', 'requests']
const hourMs = 3_600_000

export type UsageSource = 'usage' | 'geography_hourly' | 'request'

/** The table with the fewest rows that answers the question. */
export function sourceOf(query: UsageQuery): UsageSource {
  const { dimensions, places: filter, ipVersion, statusClasses, metrics, buckets } = query
  if (ipVersion !== null || statusClasses !== null || dimensions.some((one) => ofRequests.includes(one)))
    return 'request'
  if (!isFiltered(filter) && !dimensions.some((one) => places.includes(one))) return 'usage'
  return areHours(buckets) && metrics.every((metric) => plainMetrics.includes(metric)) ? 'geography_hourly' : 'request'
}

/** True if the buckets begin and end with hours of UTC. */
export const areHours = ({ starts, endTimeMs }: UsageBuckets): boolean =>
  endTimeMs % hourMs === 0 && starts.every((startMs) => startMs % hourMs === 0)

/** Data that must not be dropped. */
export function needsOf(query: UsageQuery): Need[] {
  const { startTimeMs } = query.buckets
  const source = sourceOf(query)
  return [{ source: 'usage', startTimeMs }, ...(source === 'usage' ? [] : [{ source, startTimeMs }])]
}

function conditionOf({ places: filter, ipVersion, statusClasses }: UsageQuery): string {
  const classes = statusClasses?.map((hundreds) => `status BETWEEN ${hundreds}00 AND ${hundreds}99`)
  return [
    placeSql(filter),
    ...(ipVersion === null ? [] : [`${ipVersionSql} = '${ipVersion}'`]),
    ...(classes ? [`(${classes.join(' OR ')})`] : []),
  ].join(' AND ')
}

/**
 * SQL of the rows that a question counts, all of it constants.
 * @param isPast loads of its version were removed since
 * @param sums rows of usage that the statement asks for; omit for those of 5 minutes of the domains
 */
export function rowsSqlOf(query: UsageQuery, isPast: boolean, sums: Sums = { byHour: false, ofAll: false }): string {
  const source = sourceOf(query)
  if (isPast) {
    assertInCopies(query, source)
    return pastUsageSql
  }
  if (source === 'usage') return usageSql(sums)
  return source === 'request' ? locatedUsageSql(conditionOf(query)) : locatedHoursSql(placeSql(query.places))
}

/** @throws AppError FLUXPORT.0301 for a question that the copies of removed loads do not answer */
function assertInCopies({ metrics, dimensions }: UsageQuery, source: UsageSource): void {
  const isPlain = metrics.every((metric) => metric === 'peak_bandwidth' || plainMetrics.includes(metric))
  if (source === 'usage' && isPlain && dimensions.every((one) => one === 'domain')) return
  const kept =
    'logs of it were replaced since, of which only flux, bandwidth, peak_bandwidth and requests by domain are kept'
  throw new AppError('FLUXPORT.0301', `The parameter data_version is invalid: ${kept}`)
}

/** SQL of the dimensions as the columns k0, k1, …; without one, of one empty column. */
export const keysSql = ({ dimensions }: UsageQuery): string =>
  dimensions.length === 0 ? `'' AS k0` : dimensions.map((one, n) => `${dimensionSql[one]} AS k${n}`).join(', ')

/** Names of these columns. */
export const keyNames = ({ dimensions }: UsageQuery): string[] =>
  dimensions.length === 0 ? ['k0'] : dimensions.map((_, n) => `k${n}`)
