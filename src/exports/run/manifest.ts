import type { NamedAccount } from '../../accounts/whose.ts'
import type { DataVersion } from '../../ledger/data-version.ts'
import type { ExportTaskRow } from '../../ports/database/schema.ts'
import { billingRuleText } from '../../usage/bills/billing-rule.ts'
import { programCommit, programVersion } from '../../version.ts'
import type { Column } from '../files/columns.ts'
import type { Coverage } from '../reports/coverage-summary.ts'
import type { FaultyDeliveries } from '../reports/faulty-deliveries.ts'
import type { Table } from '../reports/report.ts'
import type { UnknownClients } from '../reports/unknown-clients.ts'
import { contractDialect } from '../request/csv-dialect.ts'
import type { ExportRequest } from '../request/export-request.ts'
import { deliveryNotes } from './delivery-notes.ts'
import { columnsInFile } from './formats.ts'
import { rangeNotes } from './range-notes.ts'
import type { TaskFile } from './task-files.ts'
import { hasUnknown, unknownNote } from './unknown-notes.ts'

/** A file's manifest except its creation time: it is equal for equal requests over equal data. */
export type Manifest = {
  product: string
  product_version: string
  product_commit: string
  account_id: string
  /** The account whose data the file has, id `all` for every account; without it, that of `account_id`. */
  account?: NamedAccount
  parameters: ReturnType<typeof parametersOf>
  /** The range of the rows in whole buckets, unix ms. */
  effective: { start_time: number; end_time: number; time_zone: string }
  tables: { name: string; columns: ReturnType<typeof shownColumns> }[]
  files: { name: string; rows: number | null; bytes: number; sha256: string }[]
  data_version: number
  data_changed_at: number | null
  coverage: Coverage
  /** Traffic of the range and area, whatever places were asked for; null: what it is counted from is dropped. */
  unknown_clients: UnknownClients | null
  notes: string[]
}

export function manifestOf(
  claim: { task: Pick<ExportTaskRow, 'account_id'>; version: DataVersion },
  request: ExportRequest,
  made: {
    tables: Table[]
    files: TaskFile[]
    domains: string[]
    coverage: Coverage
    unknownClients: UnknownClients | null
    deliveries: FaultyDeliveries
    account: NamedAccount | null
  },
): Manifest {
  return {
    product: 'fluxport',
    product_version: programVersion,
    product_commit: programCommit,
    account_id: claim.task.account_id,
    ...(made.account ? { account: made.account } : {}),
    parameters: { ...parametersOf(request), domains: made.domains },
    effective: { start_time: request.startTimeMs, end_time: request.endTimeMs, time_zone: request.timeZone },
    tables: made.tables.map(({ name, columns }) => ({ name, columns: shownColumns(columns, request) })),
    files: made.files.map(({ name, rows, bytes, sha256 }) => ({ name, rows, bytes, sha256 })),
    data_version: claim.version.shownVersion,
    data_changed_at: claim.version.changedAtMs,
    coverage: made.coverage,
    unknown_clients: made.unknownClients,
    notes: [
      ...(request.billing ? [billingRuleText(request.billing, request.language)] : []),
      ...rangeNotes(request).map((note) => note.join(': ')),
      ...deliveryNotes(made.deliveries, request).map((note) => note.join(': ')),
      ...(hasUnknown(made.unknownClients) ? [unknownNote(made.unknownClients, request.language).join(': ')] : []),
    ],
  }
}

/** A request in the API's names. */
export const parametersOf = (request: ExportRequest) => ({
  action: request.action,
  domains: request.domains,
  group_by: request.groupBy,
  interval: request.intervalSeconds,
  service_area: request.serviceArea,
  stat_type: request.statType,
  country: request.countries,
  province: request.provinces,
  isp: request.carriers,
  limit: request.action.startsWith('top_') ? request.topRows : null,
  language: request.language,
  format: request.format,
  compression: request.compression,
  coverage_column: request.coverageColumn,
  require_final: request.requireFinal !== null,
  ...csvParameters(request),
})

/** The form of a CSV file, where it is not the contract's. */
function csvParameters({ format, csv }: ExportRequest) {
  if (format !== 'csv' || JSON.stringify(csv) === JSON.stringify(contractDialect)) return {}
  return { csv_delimiter: csv.delimiter, csv_decimal: csv.decimal, csv_bom: csv.bom }
}

/** A table's columns as its file has them, in the API's form. */
export const shownColumns = (columns: Column[], request: ExportRequest) =>
  columnsInFile(request, columns).map(({ name, title, type, unit }) => ({
    name,
    title: title[request.language],
    type,
    unit,
  }))
