import type { Need } from '../../ledger/assert-kept.ts'
import type { DataVersion } from '../../ledger/data-version.ts'
import type { Source } from '../../ledger/kept-data.ts'
import type { Parameters } from '../../ports/warehouse/warehouse.ts'
import type { ReadRows } from '../../usage/rows/data.ts'
import type { Column, Title } from '../files/columns.ts'
import type { ExportRequest } from '../request/export-request.ts'
import type { TaskCoverage } from './task-coverage.ts'

/**
 * A piece of a table: one query whose rows, in order, follow those of the piece before. Its size is bounded, and so is
 * memory. `sql` has the slot `cells` for the format's columns. `rows` is the required number of rows, null when only
 * the query can tell. `settings` are the engine's, for this query.
 */
export type Slice = {
  sql: string
  parameters: Parameters
  rows: number | null
  settings: Record<string, number>
}

/** The input of a report; every query of it sees `version`. */
export type ReportInput = {
  /** Reads a small result that the slices need first. It ends with the task when that is cancelled. */
  rows: ReadRows
  request: ExportRequest
  /** The domains asked for, or all of the account's; sorted. */
  domains: string[]
  /** The account id of each domain's owner. */
  owners: ReadonlyMap<string, string>
  version: DataVersion
  /** For each domain with a request from the range's start on: its last bucket with one, unix s. */
  watermarks: ReadonlyMap<string, number>
  coverage: TaskCoverage
  /** The accounts that have the domains, by name; each with its part of them, sorted. */
  accounts: { name: string; domains: string[] }[]
  /**
   * True if some stored addresses are truncated: clients are then counted by keyed hash, and the key is bound as a
   * secret.
   */
  hasHashedClients: boolean
}

/** A column, and the meaning of its values: a sentence for the documentation. */
export type ReportColumn = Column & { meaning: string }

/** Rows of one kind: a sheet of a workbook, or a file of its own. It has at least one slice, perhaps without rows. */
export type Table = {
  /** Part of a file's name, unless the table is the report's first. */
  name: string
  title: Title
  /** The meaning of a row, for the documentation. */
  rowIs: string
  columns: ReportColumn[]
  /** Names of the columns whose sum over all rows means something; none without it. */
  summed?: readonly string[]
  slices(input: ReportInput): AsyncGenerator<Slice>
  /** The same rows as several tables, for a workbook: a sheet each. */
  sheets?(input: ReportInput): Table[]
}

/** The report of an action: its tables, and the queries that give their rows. */
export type Report = {
  /** The first table is the action's main one. */
  tables(request: ExportRequest): [Table, ...Table[]]
  /** Most rows of all tables, known before anything is read. */
  rowsMax(request: ExportRequest, domainCount: number): number
  /** Data that must not be dropped. The end of the domains' logs is read from the usage, whatever the rows are from. */
  needs(request: ExportRequest): Need[]
  /** Set if clients are distinguished, so that the key of their hashes is needed. */
  countsClients?: true
}

/** The usage, and another table if given, from the range's start on. */
export const needsFrom = ({ startTimeMs }: ExportRequest, source?: Source): Need[] => [
  { source: 'usage', startTimeMs },
  ...(source ? [{ source, startTimeMs }] : []),
]

/** Columns of several reports. */
export const timeColumn: ReportColumn = {
  name: 'time',
  title: { en: 'Time', zh: '时间' },
  type: 'time',
  unit: null,
  meaning: 'Start of the bucket',
}
export const domainColumn: ReportColumn = {
  name: 'domain',
  title: { en: 'Domain', zh: '域名' },
  type: 'text',
  unit: null,
  meaning: 'Domain that the row counts',
}
export const fluxColumn: ReportColumn = {
  name: 'flux',
  title: { en: 'Traffic (byte)', zh: '流量(Byte)' },
  type: 'integer',
  unit: 'byte',
  meaning: 'Bytes sent to clients, as the log counts them',
}
export const bandwidthColumn: ReportColumn = {
  name: 'bandwidth',
  title: { en: 'Bandwidth (bit/s)', zh: '带宽(bit/s)' },
  type: 'integer',
  unit: 'bit/s',
  meaning: 'Traffic × 8 / seconds of the bucket, rounded half up',
}
export const requestsColumn: ReportColumn = {
  name: 'requests',
  title: { en: 'Requests', zh: '请求数' },
  type: 'integer',
  unit: 'request',
  meaning: 'Lines that count, whatever their status',
}
