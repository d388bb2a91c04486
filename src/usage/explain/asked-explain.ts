import { parameterError, quoted } from '../../errors.ts'
import { namedDomains } from '../../statistics/domain-name.ts'
import { carriers, countries, provinces } from '../../statistics/places.ts'
import type { ServiceArea } from '../../statistics/service-areas.ts'
import { areaOf, intervalOf, oneOf, usageZone } from '../asked-usage.ts'
import type { Cell } from '../figures/cell.ts'
import { bucketsOf, type UsageBuckets } from '../figures/usage-buckets.ts'
import { ipVersions } from '../figures/usage-query.ts'
import { type ExplainedMetric, type ExplainParameters, explainedMetrics, linesDefault } from './explain-schema.ts'

/** One figure: of a domain, in one bucket, and in one value of each named dimension. */
export type ExplainQuestion = {
  domain: string
  /** The one bucket. */
  buckets: UsageBuckets
  metric: ExplainedMetric
  serviceArea: ServiceArea
  cell: Cell
  /** Lines, at most. */
  limit: number
}

/**
 * The figure that the parameters name.
 * @throws AppError CDN.0001 or CDN.0015, naming the parameter
 */
export function askedExplain(asked: ExplainParameters, serverZone: string, nowMs: number): ExplainQuestion {
  const timeZone = usageZone(asked.time_zone, serverZone)
  if (asked.time > nowMs) throw parameterError('time', 'it lies in the future')
  const range = { startTimeMs: asked.time, endTimeMs: asked.time + 1 }
  const [domain, ...more] = namedDomains(asked.domain_name) ?? []
  if (domain === undefined || more.length > 0) throw parameterError('domain_name', 'name one domain')
  return {
    domain,
    buckets: bucketsOf(range, intervalOf(asked.interval || '300'), timeZone),
    metric: oneOf('metric', explainedMetrics, asked.metric || 'flux'),
    serviceArea: areaOf(asked.service_area),
    cell: cellOf(asked),
    limit: asked.limit ?? linesDefault,
  }
}

const cacheStates = ['hit', 'miss', 'unknown'] as const

function cellOf(asked: ExplainParameters): Cell {
  const cell: Cell = {}
  if (asked.country) cell.country = oneOf('country', Object.keys(countries), asked.country)
  if (asked.province) cell.province = oneOf('province', Object.keys(provinces), asked.province)
  if (asked.isp) cell.isp = oneOf('isp', Object.keys(carriers), asked.isp)
  if (asked.ip_version) cell.ip_version = oneOf('ip_version', ipVersions, asked.ip_version)
  if (asked.status_class) cell.status_class = matching('status_class', /^\dxx$/, asked.status_class, '0xx to 9xx')
  if (asked.status) cell.status = matching('status', /^(0|[1-9]\d\d)$/, asked.status, '0, or 100 to 999')
  if (asked.hit) cell.hit = oneOf('hit', cacheStates, asked.hit)
  return cell
}

function matching(parameter: string, pattern: RegExp, text: string, allowed: string): string {
  if (!pattern.test(text)) throw parameterError(parameter, `${quoted(text)} is not one of ${allowed}`)
  return text
}
