import type { DataVersion } from '../../ingest/ledger.ts'
import type { Parameters, Warehouse } from '../../warehouse/warehouse.ts'
import type { ExportRequest } from '../export-request.ts'

/** A column of a file. `unit` is of the values; `null` says what an empty cell means. */
export type Column = {
  name: string
  title: { en: string; zh: string }
  type: 'time' | 'text' | 'integer' | 'decimal'
  unit: 'byte' | 'bit/s' | 'percent' | 'request' | null
}

/**
 * A piece of a file: one query whose rows, in order, follow those of the piece before. Bounded, so that memory is.
 * `rows` is how many there must be; null when only the query can tell. `settings` are the engine's, for this query.
 */
export type Slice = {
  sql: string
  parameters: Parameters
  rows: number | null
  settings: Record<string, number>
}

/** Everything a report is made from; every query of it sees `version`. */
export type ReportInput = {
  warehouse: Warehouse
  request: ExportRequest
  /** The domains asked for, or all of the account's. Sorted. */
  domains: string[]
  version: DataVersion
}

/** One file per action: what its columns are, and the queries that give its rows. */
export type Report = {
  columns(request: ExportRequest): Column[]
  /** Rows the file will have at most: known before anything is read. */
  rowsMax(request: ExportRequest, domainCount: number): number
  slices(input: ReportInput): AsyncGenerator<Slice>
}

/** Rows of loads that count, for the slot `visible` of a statement. */
export const visibleSql = 'load_id <= {loadIdMax:UInt64} AND NOT has({hiddenLoadIds:Array(UInt64)}, load_id)'

/** Values that every report's statements share. */
export const commonParameters = ({ request, domains, version }: ReportInput): Parameters => ({
  domains,
  serviceArea: request.serviceArea,
  loadIdMax: version.loadIdMax,
  hiddenLoadIds: version.hiddenLoadIds,
})
