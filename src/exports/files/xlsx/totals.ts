import type { FileTable } from '../file-format.ts'
import { cellFormats, columnName, numberCell, textCell } from './cells.ts'
import { nothing, type Row } from './rows.ts'

/** The exact sums of a table's columns, over all of its sheets. */
export type Totals = {
  add(cells: Row): void
  /** The last row of the table, as XML. */
  row(rowNumber: number): string
}

const totalWord = { en: 'Total', zh: '合计' } as const

/** Below it, one more cell of at most 15 digits is added without loss. */
const exactMax = 2 ** 52
const shortDigitsMax = 15

/** @returns null for a table without a column whose sum means something */
export function createTotals({ columns, summed = [], language }: FileTable): Totals | null {
  const sums = columns.flatMap(({ name }, at) => (summed.includes(name) ? [createSum(at)] : []))
  if (sums.length === 0) return null
  return {
    add: (cells) => {
      // A row of a bucket without logs has no figure at all, and lessens no sum.
      const hasFigures = sums.some(({ at }) => cells[at] !== nothing)
      if (hasFigures) for (const sum of sums) sum.add(cells[sum.at] ?? nothing)
    },
    row: (rowNumber) => {
      const label = textCell(`A${rowNumber}`, totalWord[language], () => undefined, cellFormats.totalLabel)
      const sumAt = new Map(sums.map((sum) => [sum.at, sum.total()]))
      const others = columns.slice(1).map((_, n) => cellOf(`${columnName(n + 1)}${rowNumber}`, sumAt.get(n + 1)))
      return `<row r="${rowNumber}">${label}${others.join('')}</row>`
    },
  }
}

const cellOf = (reference: string, total: bigint | null | undefined): string =>
  total === null || total === undefined
    ? `<c r="${reference}" s="${cellFormats.total}"/>`
    : numberCell(reference, String(total), cellFormats.total)

/** The sum of one column. It has none when a row with other figures lacks this one: a part is no total. */
function createSum(at: number) {
  let large = 0n
  let small = 0
  let isWhole = true
  return {
    at,
    add: (cell: string) => {
      if (cell === nothing) isWhole = false
      else if (cell.length > shortDigitsMax) large += BigInt(cell)
      else small += Number(cell)
      if (small < exactMax) return
      large += BigInt(small)
      small = 0
    },
    total: (): bigint | null => (isWhole ? large + BigInt(small) : null),
  }
}
