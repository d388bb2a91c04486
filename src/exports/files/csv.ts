import { type CsvDecimal, type CsvDelimiter, csvDelimiters } from '../../statistics/format-names.ts'
import { bytesOf, type FileFormat, localTimeSql } from './file-format.ts'

/** Without the mark Excel reads the file in the local code page, and garbles the Chinese header. */
const byteOrderMark = '\ufeff'

/** Characters that begin a formula: OWASP's, and their full-width forms, which Excel treats alike. */
const formulaStart = '[=+\\\\-@＝＋－＠]'
/** Characters that spreadsheets drop before a formula. */
const lineStart = '[\\\\t\\\\r\\\\n]'
/**
 * Starts of a cell for programs that separate by semicolons, tabs or bars, as Excel does in half of Europe. Such a
 * program sees the quotes around a cell in the middle of one, and may take quotes inside the text for its own. In a file
 * with another delimiter a comma is one, too.
 */
const otherCellStart = (delimiter: CsvDelimiter) => (delimiter === ',' ? '[;\\\\t|\\\\r\\\\n]' : '[,;\\\\t|\\\\r\\\\n]')
const isNumber = '^[+-]?([0-9]+\\\\.?[0-9]*|\\\\.[0-9]+)([eE][+-]?[0-9]+)?$'

/**
 * Puts an apostrophe before text that a spreadsheet would run, wherever a cell may begin. A text that is wholly a
 * number, like -1.5e3, stays as it is. The first test passes harmless text, which is nearly all.
 */
const guardedSql = (text: string, delimiter: CsvDelimiter) =>
  `if(match(${text}, '^${lineStart}|(?:^|${otherCellStart(delimiter)}"*)${formulaStart}'), ` +
  `concat(if(match(${text}, '^(?:${lineStart}|${formulaStart})') AND NOT match(${text}, '${isNumber}'), '''', ''), ` +
  `replaceRegexpAll(${text}, '(${otherCellStart(delimiter)})("*${formulaStart})', '\\\\1''\\\\2')), ${text})`

/** Decimals of every fraction in a file. */
const places = 4

/** @property bom null: before Chinese titles alone */
type Dialect = { delimiter: CsvDelimiter; decimal: CsvDecimal; bom: boolean | null }

/** RFC 4180: CRLF ends each row; a text cell is quoted, and its quotes are doubled. A decimal comma is quoted, too. */
export const csv = ({ delimiter, decimal, bom }: Dialect): FileFormat => ({
  extension: 'csv',
  contentType: 'text/csv; charset=utf-8',
  engineFormat: 'CSV',
  settings: {
    format_csv_null_representation: '',
    output_format_csv_crlf_end_of_line: 1,
    output_format_decimal_trailing_zeros: 1,
    ...(delimiter === ',' ? {} : { format_csv_delimiter: csvDelimiters[delimiter] }),
  },
  holdsAllTables: false,
  cell: (column, type, times) => {
    if (type === 'time') return localTimeSql(column, times)
    if (type === 'decimal' && decimal === ',') return `replaceOne(toDecimalString(${column}, ${places}), '.', ',')`
    return type === 'text' ? guardedSql(`toValidUTF8(${column})`, delimiter) : column
  },
  async *write([table]) {
    if (!table) return
    const titles = table.columns.map((column) => `"${column.title[table.language].replaceAll('"', '""')}"`)
    const mark = (bom ?? table.language === 'zh') ? byteOrderMark : ''
    yield Buffer.from(`${mark}${titles.join(csvDelimiters[delimiter])}\r\n`)
    yield* bytesOf(table.slices)
  },
})
