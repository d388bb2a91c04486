import type { WholeNumber } from '../exact-json.ts'
import { guarded } from './formula-guard.ts'

type Cell = string | WholeNumber | null

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
