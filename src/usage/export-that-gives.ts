import { fiveMinuteSpanDaysMax } from '../statistics/asked-range.ts'
import type { Dimension } from './figures/metrics.ts'
import type { UsageQuery } from './figures/usage-query.ts'
import type { UsageParameters } from './usage-schema.ts'

/** Parameters of a question that its export has under the same names. */
export type SharedParameters = Pick<UsageParameters, (typeof shared)[number]>
const shared = ['account', 'domain_name', 'country', 'province', 'isp'] as const

/** A longer body is not repeated in the text of an error. */
const bodyLengthMax = 2_000
const dayMs = 86_400_000

/** Words that name the export with a question's figures; empty if there is none. It takes 5 minutes of 90 days at most. */
export function exportThatGives({ dimensions, buckets, serviceArea, ipVersion }: UsageQuery, asked: SharedParameters) {
  const byCarrier = dimensions.some((one) => one === 'isp' || one === 'province')
  const known: Dimension[] = byCarrier ? ['domain', 'isp', 'province'] : ['domain']
  const isOfOne = dimensions.every((one) => known.includes(one)) && ipVersion === null && !(byCarrier && asked.country)
  if (!isOfOne || (buckets.interval !== 300 && buckets.interval !== 3600)) return ''
  const spanMs = buckets.interval === 300 ? fiveMinuteSpanDaysMax * dayMs : Number.POSITIVE_INFINITY
  const endTimeMs = Math.min(buckets.endTimeMs, buckets.startTimeMs + spanMs)
  const body = {
    action: byCarrier ? 'isp_detail' : 'reports_detail',
    ...(dimensions.includes('domain') ? { group_by: 'domain' } : {}),
    ...(dimensions.includes('province') ? { province: 'all' } : {}),
    ...Object.fromEntries(shared.filter((name) => asked[name]).map((name) => [name, asked[name]])),
    start_time: buckets.startTimeMs,
    end_time: endTimeMs,
    interval: buckets.interval,
    service_area: serviceArea,
    time_zone: buckets.timeZone,
  }
  const whole = JSON.stringify(body)
  const { domain_name: _long, ...short } = { domain_name: '', ...body }
  const text = whole.length > bodyLengthMax ? `${JSON.stringify(short)} with the same domain_name` : whole
  const parts = endTimeMs < buckets.endTimeMs ? `, ${fiveMinuteSpanDaysMax} days at a time` : ''
  return `; or create the export that gives them${parts}: POST /v1/cdn/statistics/export-tasks ${text}`
}
