import { seenSql, visibleSql } from '../ledger/visible.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import { askedUsageSql } from '../usage/rows/rows.ts'

/** Usage of a task's range, domains and service area, as it counted in the task's data version and as it counts now. */

/** Index of a row's bucket in the task. */
export const place = 'intDiv(toInt64(toUnixTimestamp(bucket)) - {from:Int64}, {interval:Int64})'

const compared = (among: string): string =>
  fillSlots(sqlFile(import.meta.url, './compared-usage.sql'), {
    among,
    asked: askedUsageSql,
    visible: visibleSql,
    seen: seenSql,
  })

export const comparedInRange = compared('true')
/** As `comparedInRange`, of the buckets alone in which a load was added or removed. */
export const comparedInChangedBuckets = compared(
  fillSlots(sqlFile(import.meta.url, './in-changed-buckets.sql'), { place }),
)
