import type { Column } from '../columns.ts'
import { cellText, keepsSpace } from './cell-text.ts'
import { nothing, type Row, unescaped } from './rows.ts'

/** Indexes of the cell formats in the workbook's styles (workbook-parts.ts). */
export const cellFormats = {
  text: 0,
  integer: 1,
  decimal: 2,
  time: 3,
  header: 4,
  numberHeader: 5,
  label: 6,
  value: 7,
  total: 8,
  totalLabel: 9,
} as const

/** Excel's numbers have 15 digits; further digits would become zeros. */
const digitsMax = 15
const dayMs = 86_400_000

/** Days from Excel's day 0 to 1970-01-01. */
const unixEpochSerial = 25_569

/** `A`, `B`, … `Z`, `AA`: the name of the column with this index. */
export function columnName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26))
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter
}

/** Writes a table's rows as XML; counts texts that were cut to fit a cell. */
export function createRowWriter(columns: readonly Column[]) {
  let cutCells = 0
  const onCut = () => {
    cutCells++
  }
  const writers = columns.map((column, index) => cellWriter(column.type, columnName(index), onCut))
  return {
    row: (cells: Row, rowNumber: number): string => {
      const row = String(rowNumber)
      let xml = `<row r="${row}">`
      for (let i = 0; i < writers.length; i++) {
        const cell = cells[i]
        if (cell !== undefined && cell !== nothing) xml += writers[i]?.(cell, row)
      }
      return `${xml}</row>`
    },
    cutCells: () => cutCells,
  }
}

/** @param row its number, as text, because every cell contains it */
type WriteCell = (cell: string, row: string) => string

function cellWriter(type: Column['type'], column: string, onCut: () => void): WriteCell {
  const asText: WriteCell = (cell, row) => textCell(column + row, unescaped(cell), onCut)
  if (type === 'text' || type === 'offset') return asText
  if (type === 'time') return timeWriter(column, asText)
  const format = cellFormats[type]
  return (cell, row) => numberCell(column + row, unescaped(cell), format)
}

/** A number of at most 15 digits; a longer one is text, which has all of its digits, and stands where numbers stand. */
export function numberCell(reference: string, digits: string, format: number): string {
  if (isNumber(digits)) return `<c r="${reference}" s="${format}"><v>${digits}</v></c>`
  return textCell(reference, digits, () => undefined, format)
}

const numberPattern = /^-?\d+(\.\d+)?$/

/** True for a number whose every digit Excel keeps; NaN and infinities are no numbers. */
const isNumber = (text: string): boolean =>
  text.length <= digitsMax + 2 &&
  numberPattern.test(text) &&
  (text.length <= digitsMax || text.replace(/\D/g, '').length <= digitsMax)

/** @param format index of the cell's format, for a header */
export function textCell(reference: string, text: string, onCut: () => void, format = cellFormats.text as number) {
  const { xml, isCut } = cellText(text)
  if (isCut) onCut()
  const space = keepsSpace(text) ? ' xml:space="preserve"' : ''
  const style = format === 0 ? '' : ` s="${format}"`
  return `<c r="${reference}"${style} t="inlineStr"><is><t${space}>${xml}</t></is></c>`
}

/** Excel's day 60 is 1900-02-29, which never existed: a date before day 61 would be read as another. */
const serialMin = 61

/** Local times become dates. Neighbours share a time. */
function timeWriter(column: string, asText: WriteCell): WriteCell {
  let last = ''
  let serial = 0
  return (cell, row) => {
    if (cell !== last) {
      last = cell
      serial = cell.length === 19 ? Date.parse(`${cell.replace(' ', 'T')}Z`) / dayMs + unixEpochSerial : Number.NaN
    }
    return serial >= serialMin
      ? `<c r="${column}${row}" s="${cellFormats.time}"><v>${serial}</v></c>`
      : asText(cell, row)
  }
}
