import type { ReactNode } from 'react'

/** A raw value of a cell: a figure, a text, or nothing known. */
export type CellValue = number | bigint | string | null | undefined

/** A column of a table, on the page and in its CSV. */
export type Column<R> = {
  name: string
  title: string
  /** Figures stand right and sort as numbers. */
  isFigure?: boolean
  /** Buttons: on the page alone, and without an order. */
  isAction?: boolean
  /** The whole value: CSV has it, and the order is by it. */
  value(row: R): CellValue
  /** The cell on the page; without it the value. */
  show?(row: R): ReactNode
}

const isNone = (value: CellValue): value is null | undefined => value === null || value === undefined

/** Orders values: figures by size, texts by their characters; unknown values come last, either way. */
export function compareValues(a: CellValue, b: CellValue, isDescending: boolean): number {
  if (isNone(a) || isNone(b)) return Number(isNone(a)) - Number(isNone(b))
  if (a === b) return 0
  const isBefore = typeof a === 'string' && typeof b === 'string' ? a.localeCompare(b) < 0 : a < b
  return isBefore === isDescending ? 1 : -1
}
