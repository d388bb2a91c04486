import type { Column } from '../../exports/reports/report.ts'
import { cellText, keepsSpace } from './cell-text.ts'

/** Numbers of the cell formats in the workbook's styles (workbook-parts.ts). */
export const cellFormats = { text: 0, header: 1, integer: 2, decimal: 3, time: 4 } as const

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
  const writers = columns.map((column, index) => cellWriter(column.type, columnName(index), onCut))
  let cutCells = 0
  function onCut() {
    cutCells++
  }
  return {
    row: (values: readonly CellValue[], rowNumber: number): string => {
      let xml = `<row r="${rowNumber}">`
      for (let i = 0; i < writers.length; i++) {
        const value = values[i]
        if (value !== null && value !== undefined) xml += writers[i]?.(value, rowNumber)
      }
      return `${xml}</row>`
    },
    cutCells: () => cutCells,
  }
}

type WriteCell = (value: string | number, rowNumber: number) => string

function cellWriter(type: Column['type'], column: string, onCut: () => void): WriteCell {
  const asText = (value: string | number, rowNumber: number) => textCell(`${column}${rowNumber}`, String(value), onCut)
  if (type === 'text') return asText
  if (type === 'time') return timeWriter(column, asText)
  const format = cellFormats[type]
  return (value, rowNumber) => {
    const digits = String(value)
    if (!isNumber(digits)) return asText(value, rowNumber)
    return `<c r="${column}${rowNumber}" s="${format}"><v>${digits}</v></c>`
  }
}

/** A number whose every digit Excel keeps. NaN and infinities are none. */
function isNumber(text: string): boolean {
  if (text.length <= digitsMax) return /^-?\d+(\.\d+)?$/.test(text)
  return text.length <= digitsMax + 2 && /^-?\d+(\.\d+)?$/.test(text) && text.replace(/\D/g, '').length <= digitsMax
}

/** @param format of the cell: its number, for a header */
export function textCell(reference: string, text: string, onCut: () => void, format = cellFormats.text as number) {
  const { xml, isCut } = cellText(text)
  if (isCut) onCut()
  const space = keepsSpace(text) ? ' xml:space="preserve"' : ''
  const style = format === 0 ? '' : ` s="${format}"`
  return `<c r="${reference}"${style} t="inlineStr"><is><t${space}>${xml}</t></is></c>`
}

/** Local times are dates. One that carries its offset is text: a date of Excel's has no zone. Neighbours share a time. */
function timeWriter(column: string, asText: WriteCell): WriteCell {
  let last = ''
  let serial = 0
  return (value, rowNumber) => {
    const text = String(value)
    if (text.length !== 19) return asText(text, rowNumber)
    if (text !== last) {
      last = text
      serial = Date.parse(`${text.replace(' ', 'T')}Z`) / dayMs + unixEpochSerial
    }
    return `<c r="${column}${rowNumber}" s="${cellFormats.time}"><v>${serial}</v></c>`
  }
}
