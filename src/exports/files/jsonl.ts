import { bytesOf, type FileFormat, withOffsetSql } from './file-format.ts'

/** One JSON object a row, in UTF-8, with the columns' names as keys. Times are of RFC 3339, with the zone's offset. */
export const jsonl: FileFormat = {
  extension: 'jsonl',
  contentType: 'application/x-ndjson; charset=utf-8',
  engineFormat: 'JSONEachRow',
  settings: {
    output_format_json_quote_64bit_integers: 0,
    output_format_json_quote_decimals: 0,
    output_format_json_escape_forward_slashes: 0,
    output_format_decimal_trailing_zeros: 1,
  },
  holdsAllTables: false,
  cell: (column, type, times) => {
    if (type === 'time') return withOffsetSql(column, times, '%FT%T')
    return type === 'text' ? `toValidUTF8(${column})` : column
  },
  write: ([table]) => bytesOf(table ? table.slices : (async function* () {})()),
}
