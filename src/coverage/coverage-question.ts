import type { DataVersion } from '../ledger/data-version.ts'
import type { RefusedBatch } from '../ledger/refused-batches.ts'
import { countingSql, visibleLoadsSql, visibleParameters } from '../ledger/visible.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Parameters } from '../ports/warehouse/warehouse.ts'
import { classesSql, type DomainClasses, mayDeliverSql } from './domain-classes.ts'
import { type Source, sourceKeySql } from './expected-sources.ts'
import type { Span } from './runs.ts'

/** A question about coverage. The range covers whole buckets, unix ms; domains are sorted. */
export type CoverageQuestion = {
  rows: <Row>(sql: string, parameters: Parameters) => Promise<Row[]>
  version: DataVersion
  /**
   * The domains' account. Its own sources report on them, and those of the first account, which may deliver for all.
   */
  accountId: string
  domains: string[]
  range: Span
  /** True if rejected lines of files count that also have other domains' requests. */
  seesAllFiles: boolean
  /** The first load of these domains that is seen; omit to see all (seen-coverage.ts). */
  firstSeen?: number
  /** Refused batches of the reporting accounts; omit for none. */
  refused?: readonly RefusedBatch[]
  /**
   * Zones that a day of files may be of, the likeliest first: looks for silences of sources without a stated cadence.
   * Omit to look for none.
   */
  silencesIn?: readonly string[]
  /** True: states alone are asked for. The answer then has no late lines, and counts no rejected ones. */
  statesOnly?: boolean
  /** Names of sources; omit for those that the account sees. */
  nameOf?: (source: Source) => string
}

/** A question, with the accounts whose loads report on its domains, and the domains' classes. */
export type Question = CoverageQuestion & { accountIds: string[]; classes: DomainClasses }

/** Parameters that every statement below has. */
export const sharedParameters = ({ version, domains, accountIds, classes, firstSeen = 0 }: Question) => ({
  ...visibleParameters(version, domains),
  firstSeen,
  domains,
  accountIds,
  ...classes.parameters,
})
export const rangeSeconds = (range: Span) => ({ from: range.startMs / 1000, to: range.endMs / 1000 })

/** SQL of rows of load_span, given for the slot `spans`, with the hosts and the day in their files' names. */
export const namedSpansSql = sqlFile(import.meta.url, './named-spans.sql')

const slots = {
  visible: visibleLoadsSql,
  counting: countingSql,
  classes: classesSql,
  may_deliver: mayDeliverSql,
  source: sourceKeySql,
}
/** A statement of this folder, with the slots filled that it has, and `more`. */
export function coverageSql(name: string, more: Record<string, string> = {}): string {
  const sql = sqlFile(import.meta.url, name)
  return fillSlots(sql, {
    ...more,
    ...Object.fromEntries(Object.entries(slots).filter(([slot]) => sql.includes(`/*${slot}*/`))),
  })
}

/** Rows by key, in their order. */
export function groupedBy<T>(rows: T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return groups
}
