import type { Column } from '../columns.ts'
import type { About, FileTable } from '../file-format.ts'
import { cellFormats, columnName, createRowWriter, textCell } from './cells.ts'
import type { Rows } from './rows.ts'
import { sheetEnd, sheetStart } from './workbook-parts.ts'

/** Writes sheets as XML, in pieces of some rows each. */

/** One sheet of a table: its header, and rows until it is full. */
export async function* sheetXml(table: FileTable, rows: Rows, rowsMax: number, counts: { cutCells: number }) {
  const writer = createRowWriter(table.columns)
  const titles = table.columns.map((column, i) => {
    const format = hasNumbers(column) ? cellFormats.numberHeader : cellFormats.header
    return textCell(`${columnName(i)}1`, column.title[table.language], () => undefined, format)
  })
  yield [
    sheetStart(table.columns.map(widthOf), true),
    `<row r="1" ht="${headerPoints}" customHeight="1">${titles.join('')}</row>`,
  ]
  let rowNumber = 1
  for (let some = await rows.next(); some; some = await rows.next()) {
    const fitting = some.slice(0, rowsMax - rowNumber)
    yield fitting.map((cells) => writer.row(cells, ++rowNumber))
    if (fitting.length < some.length) {
      rows.putBack(some.slice(fitting.length))
      break
    }
  }
  counts.cutCells += writer.cutCells()
  yield [sheetEnd]
}

const hasNumbers = ({ type }: Column) => type === 'integer' || type === 'decimal'

/** A column's width in characters. Titles are wrapped; bytes have up to 15 digits. */
function widthOf({ type, name, unit }: Column): number {
  if (type === 'time') return 20
  if (type === 'text') return textWidths[name] ?? 26
  return unit === 'byte' || unit === 'bit/s' ? 18 : 13
}

/** Not every program fits a row's height to its wrapped text, so heights are written. */
const linePoints = 15
const headerPoints = 2 * linePoints + 2
const rowPointsMax = 409

const textWidths: Record<string, number> = { month: 10, url: 70, path: 70, ua: 70, referer: 70 }

const aboutWidths = [36, 90] as const

/** The sheet about the file: labels, with values beside them. */
export async function* aboutXml(about: About, cutCells: number) {
  yield [sheetStart([...aboutWidths], false)]
  const lines = cutCells === 0 ? about.lines : [...about.lines, [about.cutCellsLabel, cutCells] as const]
  let rowNumber = 0
  for (const [label, value] of lines) {
    rowNumber++
    const cells = [
      textCell(`A${rowNumber}`, label, () => undefined, cellFormats.label),
      typeof value === 'number'
        ? `<c r="B${rowNumber}" s="${cellFormats.value}"><v>${value}</v></c>`
        : textCell(`B${rowNumber}`, value, () => undefined, cellFormats.value),
    ]
    const points = Math.min(rowPointsMax, linePoints * linesOf(String(value), aboutWidths[1]))
    yield [`<row r="${rowNumber}" ht="${points}" customHeight="1">${cells.join('')}</row>`]
  }
  yield [sheetEnd]
}

/** Estimated number of lines of a wrapped text; Chinese characters are two wide. */
const linesOf = (text: string, width: number): number =>
  Math.max(1, Math.ceil(text.replaceAll(/[\u2e80-\uffff]/g, '  ').length / (width * 0.95)))
