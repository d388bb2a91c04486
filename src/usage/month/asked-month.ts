import { allAccounts } from '../../accounts/whose.ts'
import { parameterError } from '../../errors.ts'
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
  /** Figures beside those of all domains together: of each domain, or of each account. */
  groupBy: 'domain' | 'account' | null
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
    groupBy: groupOf(asked),
  }
}

function groupOf({ group_by: text, account }: MonthParameters): MonthQuestion['groupBy'] {
  if (!text) return null
  const groupBy = oneOf('group_by', ['domain', 'account'] as const, text)
  if (groupBy === 'account' && account !== allAccounts)
    throw parameterError('group_by', 'account goes with account=all alone')
  return groupBy
}
