import { bytesOf, type FileFormat, localTimeSql } from './file-format.ts'

/** Excel takes a file without it for one in the local code page, and garbles the Chinese header. */
const byteOrderMark = '\ufeff'

/** What begins a formula: OWASP's characters, their full-width forms included, which Excel takes for the same. */
const formulaStart = '[=+\\\\-@＝＋－＠]'
/** What is dropped before one. */
const lineStart = '[\\\\t\\\\r\\\\n]'
/**
 * Where a cell begins to who separates by semicolons, tabs or bars, as Excel does in half of Europe: to such a reader the
 * quotes around a cell of ours stand in the middle of one, and quotes inside our text may be around one of its own.
 */
const otherCellStart = '[;\\\\t|\\\\r\\\\n]'
const isNumber = '^[+-]?([0-9]+\\\\.?[0-9]*|\\\\.[0-9]+)([eE][+-]?[0-9]+)?$'

/**
 * Text that a spreadsheet would run gets an apostrophe wherever a cell may begin with it. A text that is a number as a whole,
 * like -1.5e3, stays as it is. One look passes what is harmless, which is nearly all.
 */
const guardedSql = (text: string) =>
  `if(match(${text}, '^${lineStart}|(?:^|${otherCellStart}"*)${formulaStart}'), ` +
  `concat(if(match(${text}, '^(?:${lineStart}|${formulaStart})') AND NOT match(${text}, '${isNumber}'), '''', ''), ` +
  `replaceRegexpAll(${text}, '(${otherCellStart})("*${formulaStart})', '\\\\1''\\\\2')), ${text})`

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
