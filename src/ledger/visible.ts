import type { Parameters } from '../ports/warehouse/warehouse.ts'
import type { DataVersion } from './data-version.ts'

/** Rows of loads that count in a data version, whoever asks. The one place that says so. */
export const countingSql = 'load_id <= {loadIdMax:UInt64} AND NOT has({hiddenLoadIds:Array(UInt64)}, load_id)'

/** A load's place among others in the order in which they came to count: its id, but for few. */
const countsAsSql = 'transform(load_id, {movedLoadIds:Array(UInt64)}, {movedAs:Array(UInt64)}, load_id)'

/** Rows of a domain that its owner sees; for the slot `seen`. Nothing is looked at when no domain is limited. */
export const seenSql = `(empty({limitedDomains:Array(String)})
  OR ${countsAsSql} >= transform(domain, {limitedDomains:Array(String)}, {seenFromLoad:Array(UInt64)}, toUInt64(0)))`

/** Rows of a domain that count and that its owner sees; for the slot `visible`. */
export const visibleSql = `${countingSql} AND ${seenSql}`

/** Loads that count and that the owner of domains sees, which are all seen from one load on; 0: from the first. */
export const visibleLoadsSql = `${countingSql} AND ({firstSeen:UInt64} = 0 OR ${countsAsSql} >= {firstSeen:UInt64})`

/** Values of `countingSql`. */
export const countingParameters = ({ loadIdMax, hiddenLoadIds }: DataVersion): Parameters => ({
  loadIdMax,
  hiddenLoadIds,
})

/** Values of the conditions above; of `visibleLoadsSql` all but `firstSeen`. */
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
