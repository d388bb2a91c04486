import type { WholeNumber } from '../exact-json.ts'
import { visibleText } from '../visible-text.ts'

/** Rows as columns of text, the header first; figures are right-aligned. A cell stays on its line. */
export function table(header: string[], rows: (string | WholeNumber | null)[][]): string {
  const cells = [header, ...rows.map((row) => row.map((cell) => (cell === null ? '-' : visibleText(String(cell)))))]
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const isNumber = header.map(
    (_, column) => rows.length > 0 && rows.every((row) => figurePattern.test(String(row[column] ?? ''))),
  )
  const line = (row: string[]) =>
    row
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd()
  return cells.map(line).join('\n')
}

/** A number, with separators or a sign, or a bound such as `+<0.01`. */
const figurePattern = /^[+-]?<?\d[\d,]*(\.\d+)?$/

/** An instant for the terminal: UTC, to the second. */
export const timeText = (timeMs: number | null): string =>
  timeMs === null ? '-' : new Date(timeMs).toISOString().replace('T', ' ').slice(0, 19)
