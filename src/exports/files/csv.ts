import { bytesOf, type FileFormat, localTimeSql } from './file-format.ts'

/** Without the mark Excel reads the file in the local code page, and garbles the Chinese header. */
const byteOrderMark = '\ufeff'

/** Characters that begin a formula: OWASP's, and their full-width forms, which Excel treats alike. */
const formulaStart = '[=+\\\\-@＝＋－＠]'
/** Characters that spreadsheets drop before a formula. */
const lineStart = '[\\\\t\\\\r\\\\n]'
/**
 * Starts of a cell for programs that separate by semicolons, tabs or bars, as Excel does in half of Europe. Such a
 * program sees the quotes around a cell in the middle of one, and may take quotes inside the text for its own.
 */
const otherCellStart = '[;\\\\t|\\\\r\\\\n]'
const isNumber = '^[+-]?([0-9]+\\\\.?[0-9]*|\\\\.[0-9]+)([eE][+-]?[0-9]+)?$'

/**
 * Puts an apostrophe before text that a spreadsheet would run, wherever a cell may begin. A text that is wholly a
 * number, like -1.5e3, stays as it is. The first test passes harmless text, which is nearly all.
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
