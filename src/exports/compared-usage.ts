import { countingSql, seenSql, seenThenSql } from '../ledger/visible.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import { askedUsageSql } from '../usage/rows/rows.ts'

/**
 * Usage of a task's range, domains and service area, as it counted in the task's data version and as it counts now.
 * Parameters are `commonParameters` of the domains of then and now, those of `seenThenSql`, `goneDomains`,
 * `comeDomains`, `addedLoadIds` and `removedLoadIds`.
 */

/** Index of a row's bucket in the task. */
export const place = 'intDiv(toInt64(toUnixTimestamp(bucket)) - {from:Int64}, {interval:Int64})'

/** Conditions: the task's account had the domain then, or has it now. */
export const had = '(empty({comeDomains:Array(String)}) OR domain NOT IN {comeDomains:Array(String)})'
const has = '(empty({goneDomains:Array(String)}) OR domain NOT IN {goneDomains:Array(String)})'

const compared = (among: string): string =>
  fillSlots(sqlFile(import.meta.url, './compared-usage.sql'), {
    among,
    had,
    has,
    asked: askedUsageSql,
    counting: countingSql,
    seen: seenSql,
    seen_then: seenThenSql,
  })

export const comparedInRange = compared('true')
/** As `comparedInRange`, of the buckets alone in which a load was added or removed, or of which more or less is seen. */
export const comparedInChangedBuckets = compared(
  fillSlots(sqlFile(import.meta.url, './in-changed-buckets.sql'), { place }),
)
