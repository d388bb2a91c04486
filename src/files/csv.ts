import type { Column } from '../exports/reports/report.ts'

/** Excel takes a file without it for one in the local code page, and garbles the Chinese header. */
const byteOrderMark = '\ufeff'

/** RFC 4180: CRLF ends each row; a text cell is quoted, and its quotes are doubled. */
export const csvSettings = {
  format_csv_null_representation: '',
  output_format_csv_crlf_end_of_line: 1,
  output_format_decimal_trailing_zeros: 1,
}

/** What a slice's statement ends in: the engine writes the rows. */
export const csvSql = (sql: string) => `${sql}\nFORMAT CSV`

/** The first row. */
export function csvHeader(columns: readonly Column[], language: 'en' | 'zh'): Buffer {
  const titles = columns.map((column) => `"${column.title[language].replaceAll('"', '""')}"`)
  return Buffer.from(`${language === 'zh' ? byteOrderMark : ''}${titles.join(',')}\r\n`)
}
