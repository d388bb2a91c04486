import { bytesOf, type FileFormat, localTimeSql } from './file-format.ts'

/** Excel takes a file without it for one in the local code page, and garbles the Chinese header. */
const byteOrderMark = '\ufeff'

/**
 * Text that a spreadsheet would run gets an apostrophe before it; what is a number, like -1.5e3, is none of that and stays
 * as it is. The characters are OWASP's, their full-width forms included, which Excel takes for the same.
 */
const guardedSql = (text: string) =>
  `if(match(${text}, '^[=+\\\\-@\\\\t\\\\r\\\\n＝＋－＠]') AND NOT match(${text}, '^[+-]?([0-9]+\\\\.?[0-9]*|\\\\.[0-9]+)([eE][+-]?[0-9]+)?$'), concat('''', ${text}), ${text})`

/** RFC 4180: CRLF ends each row; a text cell is quoted, and its quotes are doubled. */
export const csv: FileFormat = {
  extension: 'csv',
  contentType: 'text/csv; charset=utf-8',
  engineFormat: 'CSV',
  settings: {
    format_csv_null_representation: '',
    output_format_csv_crlf_end_of_line: 1,
    output_format_decimal_trailing_zeros: 1,
  },
  holdsAllTables: false,
  cell: (column, type, times) => {
    if (type === 'time') return localTimeSql(column, times)
    return type === 'text' ? guardedSql(`toValidUTF8(${column})`) : column
  },
  async *write([table]) {
    if (!table) return
    const titles = table.columns.map((column) => `"${column.title[table.language].replaceAll('"', '""')}"`)
    yield Buffer.from(`${table.language === 'zh' ? byteOrderMark : ''}${titles.join(',')}\r\n`)
    yield* bytesOf(table.slices)
  },
}
