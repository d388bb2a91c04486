import type { Format } from '../../statistics/format-names.ts'
import type { TimeRange } from '../../statistics/time-range.ts'
import { zoneOffsets } from '../../statistics/zone-offsets.ts'
import type { Column } from '../files/columns.ts'
import { csv } from '../files/csv.ts'
import type { FileFormat } from '../files/file-format.ts'
import { jsonl } from '../files/jsonl.ts'
import { parquet } from '../files/parquet.ts'
import { xlsx } from '../files/xlsx/xlsx.ts'
import { contractDialect } from '../request/csv-dialect.ts'
import type { ExportRequest } from '../request/export-request.ts'

/** The format of each name that a request may have; CSV in the contract's form. */
export const fileFormats: Record<Format, FileFormat> = { csv: csv(contractDialect), xlsx: xlsx(), parquet, jsonl }

/** The format of a request's file. */
export const formatOf = ({ format, csv: dialect }: Pick<ExportRequest, 'format' | 'csv'>): FileFormat =>
  format === 'csv' ? csv(dialect) : fileFormats[format]

/** The range of the times that a file shows: a bill has its end, too. */
export const shownTimes = ({ startTimeMs, endTimeMs, billing }: ExportRequest): TimeRange => ({
  startTimeMs,
  endTimeMs: billing === null ? endTimeMs : endTimeMs + 1,
})

/** The columns of a request's file: those of the report, and what its format adds. */
export function columnsInFile(request: ExportRequest, columns: Column[]): Column[] {
  const offsetChanges = zoneOffsets(shownTimes(request), request.timeZone).fromSeconds.length > 1
  return fileFormats[request.format].columns?.(columns, { offsetChanges }) ?? columns
}
