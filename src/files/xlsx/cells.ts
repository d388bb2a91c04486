import type { Column } from '../../exports/reports/report.ts'
import { cellText, keepsSpace } from './cell-text.ts'

/** Numbers of the cell formats in the workbook's styles (workbook-parts.ts). */
export const cellFormats = {
  text: 0,
  integer: 1,
  decimal: 2,
  time: 3,
  header: 4,
  numberHeader: 5,
  label: 6,
  value: 7,
} as const

/** A value as the engine gives it in JSON: 64-bit integers and decimals as text, so that no digit is lost. */
export type CellValue = string | number | null

/** Excel's numbers have 15 digits; a longer one would end in zeros. */
const digitsMax = 15
const dayMs = 86_400_000
/** Days from Excel's day 0 to 1970-01-01. */
const unixEpochSerial = 25_569

/** `A`, `B`, … `Z`, `AA`: the name of the column with this index. */
export function columnName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26))
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter
}

/** Writes a table's rows as XML; counts the texts that did not fit a cell. */
export function createRowWriter(columns: readonly Column[]) {
  let cutCells = 0
  const onCut = () => {
    cutCells++
  }
  const writers = columns.map((column, index) => cellWriter(column.type, columnName(index), onCut))
  return {
    row: (values: readonly CellValue[], rowNumber: number): string => {
      const row = String(rowNumber)
      let xml = `<row r="${row}">`
      for (let i = 0; i < writers.length; i++) {
        const value = values[i]
        if (value !== null && value !== undefined) xml += writers[i]?.(value, row)
      }
      return `${xml}</row>`
    },
    cutCells: () => cutCells,
  }
}

/** @param row its number, as text: it is in every cell */
type WriteCell = (value: string | number, row: string) => string

function cellWriter(type: Column['type'], column: string, onCut: () => void): WriteCell {
  const asText: WriteCell = (value, row) => textCell(column + row, String(value), onCut)
  if (type === 'text') return asText
  if (type === 'time') return timeWriter(column, asText)
  const format = cellFormats[type]
  return (value, row) =>
    isNumber(value) ? `<c r="${column}${row}" s="${format}"><v>${value}</v></c>` : asText(value, row)
}

const numberPattern = /^-?\d+(\.\d+)?$/

/** A number whose every digit Excel keeps. NaN and infinities are none. */
function isNumber(value: string | number): boolean {
  if (Number.isSafeInteger(value)) return Math.abs(Number(value)) < 10 ** digitsMax
  const text = String(value)
  if (text.length <= digitsMax) return numberPattern.test(text)
  return text.length <= digitsMax + 2 && numberPattern.test(text) && text.replace(/\D/g, '').length <= digitsMax
}

/** @param format of the cell: its number, for a header */
export function textCell(reference: string, text: string, onCut: () => void, format = cellFormats.text as number) {
  const { xml, isCut } = cellText(text)
  if (isCut) onCut()
  const space = keepsSpace(text) ? ' xml:space="preserve"' : ''
  const style = format === 0 ? '' : ` s="${format}"`
  return `<c r="${reference}"${style} t="inlineStr"><is><t${space}>${xml}</t></is></c>`
}

/** Excel's day 60 is 1900-02-29, which never was: a date before the next day would be read as another. */
const serialMin = 61

/** Local times are dates. One that carries its offset is text: a date of Excel's has no zone. Neighbours share a time. */
function timeWriter(column: string, asText: WriteCell): WriteCell {
  let last = ''
  let serial = 0
  return (value, row) => {
    const text = String(value)
    if (text !== last) {
      last = text
      serial = text.length === 19 ? Date.parse(`${text.replace(' ', 'T')}Z`) / dayMs + unixEpochSerial : Number.NaN
    }
    return serial >= serialMin
      ? `<c r="${column}${row}" s="${cellFormats.time}"><v>${serial}</v></c>`
      : asText(text, row)
  }
}
