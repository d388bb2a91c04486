import type { WholeNumber } from '../exact-json.ts'
import { sqlFile } from '../ports/warehouse/sql-file.ts'
import { type Parameters, spillSettings, type Warehouse } from '../ports/warehouse/warehouse.ts'
import type { LoadCopy } from './load-copies.ts'
import { insertSettings, loadQueryId } from './load-query.ts'
import { insertUsageSql } from './usage.ts'

const copiedTotalsSql = sqlFile(import.meta.url, './copied-totals.sql')
const differingUsageSql = sqlFile(import.meta.url, './differing-usage.sql')

/** Copied as they are; the other tables' rows are made from the requests. A closed set, as a table's name cannot be bound. */
const copiedTables = ['rejected', 'load_span'] as const

/** A statement that writes the requests of `loadIds` under `copyIds`, place by place in the two lists. */
export type RequestCopy = { insert: string; parameters: Parameters }

/** Rows of loads, each under its copy's id. */
const copiedSql = (table: string) => `INSERT INTO ${table}
SELECT * REPLACE(transform(load_id, {loadIds:Array(UInt64)}, {copyIds:Array(UInt64)}, toUInt64(0)) AS load_id)
FROM (SELECT * FROM ${table} WHERE load_id IN {loadIds:Array(UInt64)})`

/** The requests as they are. */
export const sameRequests: RequestCopy = { insert: copiedSql('request'), parameters: {} }

/** Ids of loads and of their copies, as statements take them. */
export const idsOf = (copies: readonly LoadCopy[]) => ({
  loadIds: copies.map(({ loadId }) => loadId),
  copyIds: copies.map(({ copyId }) => copyId),
})

/**
 * Writes all rows of copies: requests, what was rejected, what the load says of its source, and the usage, made anew. The
 * rollups that are made later are left to the loader.
 */
export async function copyRows(
  warehouse: Warehouse,
  copies: readonly LoadCopy[],
  requests: RequestCopy,
  signal: AbortSignal,
): Promise<void> {
  const [first] = copies
  if (!first) return
  // By this name purging ends what a killed process left running.
  const run = { queryId: loadQueryId(first.copyId), signal, settings: insertSettings }
  const ids = idsOf(copies)
  for (const table of copiedTables) await warehouse.command(copiedSql(table), ids, run)
  await warehouse.command(requests.insert, { ...requests.parameters, ...ids }, run)
  await warehouse.command(insertUsageSql, { loadIds: ids.copyIds }, run)
}

type Totals = { loadId: number; requests: number; fluxBytes: WholeNumber; rejectedLines: number; checksum: string }

/** What a load must come to, by the ledger. */
type ExpectedTotals = Pick<Totals, 'requests' | 'fluxBytes' | 'rejectedLines'>

/**
 * Copies that have not all that their loads have: the same requests but for their places, in each bucket of each domain the
 * same usage, and in all what the ledger says.
 * @param expected by the load's id
 */
export async function differingCopies(
  warehouse: Warehouse,
  copies: readonly LoadCopy[],
  expected: ReadonlyMap<number, ExpectedTotals>,
  signal: AbortSignal,
): Promise<LoadCopy[]> {
  const [first] = copies
  if (!first) return []
  const ids = idsOf(copies)
  const run = { queryId: `${loadQueryId(first.copyId)}-compared`, signal, settings: spillSettings }
  const differing = await warehouse.rows<{ copyId: number }>(differingUsageSql, ids, run)
  const rows = await warehouse.rows<Totals>(copiedTotalsSql, { allIds: [...ids.loadIds, ...ids.copyIds] }, run)
  const totals = new Map(rows.map((row) => [row.loadId, row]))
  return copies.filter((copy) => {
    const [load, made] = [totals.get(copy.loadId), totals.get(copy.copyId)]
    const isUsageSame = !differing.some(({ copyId }) => copyId === copy.copyId)
    const areSame = load && made && load.checksum === made.checksum && addsUp(made, expected.get(copy.loadId))
    return !(isUsageSame && areSame)
  })
}

const addsUp = (made: Totals, expected: ExpectedTotals | undefined): boolean =>
  made.requests === expected?.requests &&
  made.fluxBytes === expected.fluxBytes &&
  made.rejectedLines === expected.rejectedLines
