import type { WholeNumber } from '../exact-json.ts'

type Cell = string | WholeNumber | null

/** As the CSV files of exports (exports/files/csv.ts): characters that begin a formula, wherever a cell may begin. */
const mayRun = /^[\t\r\n]|(?:^|[;\t|\r\n]"*)[=+\-@＝＋－＠]/
const begins = /^[\t\r\n=+\-@＝＋－＠]/
const within = /([;\t|\r\n])("*[=+\-@＝＋－＠])/g
const isNumber = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/

/** Puts an apostrophe before text that a spreadsheet would run. */
function guarded(text: string): string {
  if (!mayRun.test(text)) return text
  return (begins.test(text) && !isNumber.test(text) ? "'" : '') + text.replaceAll(within, "$1'$2")
}

/** RFC 4180, as the files of exports: CRLF, quoted texts, an empty cell where nothing is known. */
export const csvOf = (titles: readonly string[], rows: Iterable<readonly Cell[]>): string =>
  [titles.map(quotedCell).join(','), ...Array.from(rows, (row) => row.map(cellText).join(',')), ''].join('\r\n')

function cellText(cell: Cell): string {
  if (cell === null) return ''
  return typeof cell === 'string' ? quotedCell(guarded(cell)) : String(cell)
}

const quotedCell = (text: string) => `"${text.replaceAll('"', '""')}"`

/** True if the client asks for CSV, and not for JSON as well. */
export const wantsCsv = (accept: string | undefined): boolean =>
  accept !== undefined && /\btext\/csv\b/i.test(accept) && !/\bapplication\/json\b/i.test(accept)
