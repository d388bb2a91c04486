import { seenSql, visibleSql } from '../../ledger/visible.ts'
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

/** Condition: a row of usage, or of its kept copies, is in the range, domains and service area. */
export const askedUsageSql = sqlFile(import.meta.url, './asked-usage.sql')

/** 5-minute sums. */
export const usageInRangeSql = fillSlots(sqlFile(import.meta.url, './usage-in-range.sql'), {
  asked: askedUsageSql,
  visible: visibleSql,
})

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
