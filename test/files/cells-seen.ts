import type { Expected } from './exported-files.ts'

export type Cells = (string | null)[][]

/** Below usage and carriers: an empty row, and the sum of what can be summed, unless a row with figures lacks it. */
export function totalsBelow(name: string, { columns, rows }: Expected): Cells {
  if (!['reports_detail', 'isp_detail'].includes(name)) return []
  const isSummed = columns.map((column) => column.type === 'integer' && !column.name.endsWith('bandwidth'))
  const withFigures = rows.filter((row) => row.some((cell, at) => isSummed[at] && cell !== null))
  const sums = columns.map((_, at) => {
    if (!isSummed[at] || withFigures.some((row) => row[at] === null)) return null
    return String(withFigures.reduce((sum, row) => sum + BigInt(row[at] ?? 0), 0n))
  })
  return [columns.map(() => null), ['合计', ...sums.slice(1)]]
}

/** Text is in quotes, and so is a number whose thousands are separated by commas. */
export function shownInOffice(cell: string, type: string | undefined): string {
  if (type === 'text' || cell === '合计') return `"${cell}"`
  if (type !== 'integer' || cell.length < 4) return cell
  return `"${cell.replaceAll(/\B(?=(\d{3})+$)/g, ',')}"`
}

/** Cells with their quotes, which tell a text from a number. */
export function cellsOf(csv: string): Cells {
  const rows: Cells = [[]]
  for (const [, cell = '', end] of csv.matchAll(/("(?:[^"]|"")*"|[^",\n]*)(,|\n)/g)) {
    rows.at(-1)?.push(cell === '' ? null : cell.replaceAll('""', '"'))
    if (end === '\n') rows.push([])
  }
  return rows.slice(0, -1)
}
