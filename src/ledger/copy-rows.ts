import type { WholeNumber } from '../exact-json.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import { type Parameters, spillSettings, type Warehouse } from '../ports/warehouse/warehouse.ts'
import type { LoadCopy } from './load-copies.ts'
import { insertSettings, loadQueryId } from './load-query.ts'
import { insertUsageSql } from './usage.ts'

const insertCopiedRows = sqlFile(import.meta.url, './insert-copied-rows.sql')
const copiedTotalsSql = sqlFile(import.meta.url, './copied-totals.sql')
const differingUsageSql = sqlFile(import.meta.url, './differing-usage.sql')

/**
 * Tables copied unchanged; rows of the others are made from the requests. A table's name cannot be bound: a closed set.
 */
const copiedTables = ['rejected', 'load_span'] as const

/** A statement that writes the requests of `loadIds` under `copyIds`; the two lists correspond by index. */
export type RequestCopy = { insert: string; parameters: Parameters }

/** Copies a table's rows of loads, each under its copy's id. */
const copiedSql = (table: string) => fillSlots(insertCopiedRows, { table })

/** Copies the requests unchanged. */
export const sameRequests: RequestCopy = { insert: copiedSql('request'), parameters: {} }

/** Ids of loads and of their copies, as statement parameters. */
export const idsOf = (copies: readonly LoadCopy[]) => ({
  loadIds: copies.map(({ loadId }) => loadId),
  copyIds: copies.map(({ copyId }) => copyId),
})

/**
 * Writes all rows of copies: requests, rejected lines and load spans, and computes the usage anew. The loader makes the
 * later rollups.
 */
export async function copyRows(
  warehouse: Warehouse,
  copies: readonly LoadCopy[],
  requests: RequestCopy,
  signal: AbortSignal,
): Promise<void> {
  const [first] = copies
  if (!first) return
  // Purging ends a killed process's statement by this name.
  const run = { queryId: loadQueryId(first.copyId), signal, settings: insertSettings }
  const ids = idsOf(copies)
  for (const table of copiedTables) await warehouse.command(copiedSql(table), ids, run)
  await warehouse.command(requests.insert, { ...requests.parameters, ...ids }, run)
  await warehouse.command(insertUsageSql, { loadIds: ids.copyIds }, run)
}

type Totals = { loadId: number; requests: number; fluxBytes: WholeNumber; rejectedLines: number; checksum: string }

/** A load's totals as the ledger has them. */
type ExpectedTotals = Pick<Totals, 'requests' | 'fluxBytes' | 'rejectedLines'>

/**
 * Copies that lack something of their loads. A copy must have the same requests but for clients' places, the same usage
 * in each bucket of each domain, and the ledger's totals.
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
