import { askedMonth } from '../../statistics/asked-range.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import { namedDomains } from '../../statistics/domain-name.ts'
import type { ServiceArea } from '../../statistics/service-areas.ts'
import type { TimeRange } from '../../statistics/time-range.ts'
import { areaOf, oneOf, usageZone } from '../asked-usage.ts'
import type { MonthParameters } from './month-schema.ts'

/** A month so far. Its parts are unix ms. */
export type MonthQuestion = {
  month: TimeRange & { name: string }
  /** End of the present bucket, or of the month. */
  untilMs: number
  /** True if no further point of the month can come but late. */
  isOver: boolean
  timeZone: string
  serviceArea: ServiceArea
  domains: string[] | null
  byDomain: boolean
}

/**
 * The question that the parameters ask.
 * @throws AppError CDN.0001 or CDN.0015, naming the parameter
 */
export function askedMonthToDate(asked: MonthParameters, serverZone: string, nowMs: number): MonthQuestion {
  const timeZone = usageZone(asked.time_zone, serverZone)
  const month = askedMonth(asked.month, timeZone, nowMs)
  return {
    month,
    untilMs: Math.min(month.endTimeMs, (Math.floor(nowMs / bucketMs) + 1) * bucketMs),
    isOver: nowMs >= month.endTimeMs,
    timeZone,
    serviceArea: areaOf(asked.service_area),
    domains: namedDomains(asked.domain_name),
    byDomain: asked.group_by ? oneOf('group_by', ['domain'] as const, asked.group_by) === 'domain' : false,
  }
}
