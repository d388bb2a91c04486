import type { Seen } from '../accounts/ownership.ts'
import type { Parameters } from '../ports/warehouse/warehouse.ts'
import type { DataVersion } from './data-version.ts'

/** Condition: the row's load counts in a data version, for any caller. No other file states this rule. */
export const countingSql = 'load_id <= {loadIdMax:UInt64} AND NOT has({hiddenLoadIds:Array(UInt64)}, load_id)'

/** A load's position in the order in which loads began to count: its id, but for a few moved loads. */
const countsAsSql = 'transform(load_id, {movedLoadIds:Array(UInt64)}, {movedAs:Array(UInt64)}, load_id)'

const seenSqlOf = (limited: string, fromLoad: string) => `(empty({${limited}:Array(String)})
  OR ${countsAsSql} >= transform(domain, {${limited}:Array(String)}, {${fromLoad}:Array(UInt64)}, toUInt64(0)))`

/** Condition: the domain's owner sees the row; for the slot `seen`. It is trivially true when no domain is limited. */
export const seenSql = seenSqlOf('limitedDomains', 'seenFromLoad')

/** As `seenSql`, of the domain's owner in a past version; for the slot `seen_then`. */
export const seenThenSql = seenSqlOf('limitedThen', 'seenThenFromLoad')

/** Condition: the row counts and its owner sees it; for the slot `visible`. */
export const visibleSql = `${countingSql} AND ${seenSql}`

/**
 * Condition: the load counts and the domains' owner sees it, where all domains are seen from one load on; 0: the first.
 */
export const visibleLoadsSql = `${countingSql} AND ({firstSeen:UInt64} = 0 OR ${countsAsSql} >= {firstSeen:UInt64})`

/** Parameters of `countingSql`. */
export const countingParameters = ({ loadIdMax, hiddenLoadIds }: DataVersion): Parameters => ({
  loadIdMax,
  hiddenLoadIds,
})

/** Parameters of the conditions above; for `visibleLoadsSql` all but `firstSeen`. */
export const visibleParameters = (version: DataVersion, domains: string[]): Parameters => {
  const [limitedDomains, seenFromLoad] = limitsOf(version.seen, domains)
  return { ...countingParameters(version), limitedDomains, seenFromLoad, ...movedParameters([version.seen]) }
}

/** As `visibleParameters`, and those of `seenThenSql`: what the owners saw then, beside what they see in a version. */
export const seenThenParameters = (version: DataVersion, then: Seen, domains: string[]): Parameters => {
  const [limitedThen, seenThenFromLoad] = limitsOf(then, domains)
  const moved = movedParameters([version.seen, then])
  return { ...visibleParameters(version, domains), limitedThen, seenThenFromLoad, ...moved }
}

function limitsOf({ fromLoad }: Seen, domains: string[]): [domains: string[], fromLoad: number[]] {
  const limited = fromLoad.size === 0 ? [] : domains.filter((domain) => fromLoad.has(domain))
  return [limited, limited.map((domain) => fromLoad.get(domain) ?? 0)]
}

function movedParameters(all: readonly Seen[]): Parameters {
  const moved = new Map(all.flatMap((seen) => seen.moved.map(({ loadId, countsAs }) => [loadId, countsAs] as const)))
  return { movedLoadIds: [...moved.keys()], movedAs: [...moved.values()] }
}
