import { guarded } from '../../../src/usage/formula-guard.ts'
import type { CellValue, Column } from './column.ts'

/** A cell of CSV. Outside text cannot become a formula: an apostrophe goes before it, as in the server's CSV. */
function cellOf(value: CellValue): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const safe = guarded(value)
  return /[",;\t\r\n|]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A table as CSV: whole figures, as the API gave them. */
export function csvOf<R>(all: readonly Column<R>[], rows: readonly R[]): string {
  const columns = all.filter(({ isAction }) => !isAction)
  const lines = [
    columns.map(({ title }) => cellOf(title)),
    ...rows.map((row) => columns.map((c) => cellOf(c.value(row)))),
  ]
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('')
}

/** Hands a text to the person as a file. The mark at its start tells spreadsheets that it is UTF-8. */
export function saveText(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  // The browser has taken the bytes by then.
  setTimeout(() => URL.revokeObjectURL(url), 1_000)
}
