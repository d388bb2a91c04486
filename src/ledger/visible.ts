import type { Parameters } from '../ports/warehouse/warehouse.ts'
import type { DataVersion } from './data-version.ts'

/** Condition: the row's load counts in a data version, for any caller. No other file states this rule. */
export const countingSql = 'load_id <= {loadIdMax:UInt64} AND NOT has({hiddenLoadIds:Array(UInt64)}, load_id)'

/** A load's position in the order in which loads began to count: its id, but for a few moved loads. */
const countsAsSql = 'transform(load_id, {movedLoadIds:Array(UInt64)}, {movedAs:Array(UInt64)}, load_id)'

/** Condition: the domain's owner sees the row; for the slot `seen`. It is trivially true when no domain is limited. */
export const seenSql = `(empty({limitedDomains:Array(String)})
  OR ${countsAsSql} >= transform(domain, {limitedDomains:Array(String)}, {seenFromLoad:Array(UInt64)}, toUInt64(0)))`

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
  const { seen } = version
  const limited = seen.fromLoad.size === 0 ? [] : domains.filter((domain) => seen.fromLoad.has(domain))
  return {
    ...countingParameters(version),
    limitedDomains: limited,
    seenFromLoad: limited.map((domain) => seen.fromLoad.get(domain) ?? 0),
    movedLoadIds: seen.moved.map(({ loadId }) => loadId),
    movedAs: seen.moved.map(({ countsAs }) => countsAs),
  }
}
