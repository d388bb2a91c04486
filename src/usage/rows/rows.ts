import { countingSql, seenSql, visibleSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'

/** Rows that count, within the range, domains and service area of a question: each is SQL of a whole SELECT. */

const requestsInRange = sqlFile(import.meta.url, './requests-in-range.sql')
const locatedUsage = sqlFile(import.meta.url, './located-usage.sql')
const hourly = sqlFile(import.meta.url, './geography-hourly.sql')
const fromRequests = sqlFile(import.meta.url, './geography-from-requests.sql')

/** Requests one by one. @param place SQL of a condition on them */
export const requestsSql = (place: string): string => fillSlots(requestsInRange, { visible: visibleSql, place })

/** Requests one by one, each as a row of the usage rollup, which has no places of clients. */
export const locatedUsageSql = (place: string): string => fillSlots(locatedUsage, { requests: requestsSql(place) })

/** Traffic by place: of whole hours of UTC from the hourly rollup, or of 5 minutes from the requests. */
export const geographySql = (isHourly: boolean): string =>
  isHourly
    ? fillSlots(hourly, { visible: visibleSql, requests: requestsSql('true') })
    : fillSlots(fromRequests, { requests: requestsSql('true') })

const askedUsage = sqlFile(import.meta.url, './asked-usage.sql')
const usageInRange = sqlFile(import.meta.url, './usage-in-range.sql')
const ofDomains = 'domain IN {domains:Array(String)}'

/** Condition: a row of usage, or of its kept copies, is in the range, domains and service area. */
export const askedUsageSql = fillSlots(askedUsage, { time: 'bucket', asked_domains: ofDomains })

/**
 * Which sums answer a question. `byHour`: the range has whole hours of UTC, and no more is asked of a bucket than its hour.
 * `ofAll`: every row of the range is of the asked domains, and none of these is limited to a part of its loads.
 */
export type Sums = { byHour: boolean; ofAll: boolean }

/** 5-minute sums. With `sums`, the engine reads its sums by hour or of all domains instead, where it has them. */
export function usageSql({ byHour, ofAll }: Sums): string {
  const time = byHour ? hourSql : 'bucket'
  const asked = fillSlots(askedUsage, { time, asked_domains: ofAll ? 'true' : ofDomains })
  return fillSlots(usageInRange, { asked, visible: ofAll ? countingSql : visibleSql })
}

/** SQL of a row's hour, as the sums by hour have it. */
export const hourSql = 'toStartOfHour(bucket)'

/** 5-minute sums, of any domains and range. */
export const usageInRangeSql = usageSql({ byHour: false, ofAll: false })

/** 5-minute sums of requests and bytes in a past version; the loads that were removed since are `removedLoadIds`. */
export const pastUsageSql = fillSlots(sqlFile(import.meta.url, './past-usage.sql'), {
  usage: usageInRangeSql,
  asked: askedUsageSql,
  seen: seenSql,
})

const locatedHours = sqlFile(import.meta.url, './located-hours.sql')

/** Hourly sums by place, in the form of `locatedUsageSql`. Their hits and status classes are unknown, and stand as zero. */
export const locatedHoursSql = (place: string): string =>
  fillSlots(locatedHours, { geography: geographySql(true), place })
