import type { Format } from '../../statistics/format-names.ts'
import { zoneOffsets } from '../../statistics/zone-offsets.ts'
import type { Column } from '../files/columns.ts'
import { csv } from '../files/csv.ts'
import type { FileFormat } from '../files/file-format.ts'
import { jsonl } from '../files/jsonl.ts'
import { parquet } from '../files/parquet.ts'
import { xlsx } from '../files/xlsx/xlsx.ts'
import type { ExportRequest } from '../request/export-request.ts'

/** The format of each name that a request may have. */
export const fileFormats: Record<Format, FileFormat> = { csv, xlsx: xlsx(), parquet, jsonl }

/** The columns of a request's file: those of the report, and what its format adds. */
export function columnsInFile(request: ExportRequest, columns: Column[]): Column[] {
  const offsetChanges = zoneOffsets(request, request.timeZone).fromSeconds.length > 1
  return fileFormats[request.format].columns?.(columns, { offsetChanges }) ?? columns
}
