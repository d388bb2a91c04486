import type { Column } from '../columns.ts'
import type { About, FileTable } from '../file-format.ts'
import { cellFormats, columnName, createRowWriter, textCell } from './cells.ts'
import type { Rows } from './rows.ts'
import type { Totals } from './totals.ts'
import { type Sheet, sheetEnd, sheetStart } from './workbook-parts.ts'

/** Writes sheets as XML, in pieces of some rows each. */

/** Rows of a sheet below those of a table with totals: an empty one, which no filter takes in, and the totals. */
const totalsRows = 2

type Written = { sheet: Sheet; rowsMax: number; counts: { cutCells: number } }

/**
 * One sheet of a table: its header, rows until it is full, and below the table's last rows its totals.
 * @param written `sheet` learns its filtered range, `counts` the texts that were cut
 */
export async function* sheetXml(table: FileTable, rows: Rows, totals: Totals | null, written: Written) {
  const writer = createRowWriter(table.columns)
  const titles = table.columns.map((column, i) => {
    const format = hasNumbers(column) ? cellFormats.numberHeader : cellFormats.header
    return textCell(`${columnName(i)}1`, column.title[table.language], () => undefined, format)
  })
  yield [
    sheetStart(table.columns.map(widthOf), true),
    `<row r="1" ht="${headerPoints}" customHeight="1">${titles.join('')}</row>`,
  ]
  const rowsMax = written.rowsMax - (totals ? totalsRows : 0)
  let rowNumber = 1
  for (let some = await rows.next(); some; some = await rows.next()) {
    const fitting = some.slice(0, rowsMax - rowNumber)
    for (const cells of fitting) totals?.add(cells)
    yield fitting.map((cells) => writer.row(cells, ++rowNumber))
    if (fitting.length < some.length) {
      rows.putBack(some.slice(fitting.length))
      break
    }
  }
  written.counts.cutCells += writer.cutCells()
  const filtered = rowNumber > 1 ? `A1:${columnName(table.columns.length - 1)}${rowNumber}` : undefined
  if (filtered) written.sheet.filtered = filtered
  if (filtered && totals && (await rows.isAtEnd()))
    yield [`<row r="${rowNumber + 1}"></row>`, totals.row(rowNumber + totalsRows)]
  yield [sheetEnd(filtered)]
}

const hasNumbers = ({ type }: Column) => type === 'integer' || type === 'decimal'

/** A column's width in characters. Titles are wrapped; bytes have up to 15 digits in groups, and a total is bold. */
function widthOf({ type, name, unit }: Column): number {
  if (type === 'time') return 21
  if (type === 'offset') return 18
  if (type === 'text') return textWidths[name] ?? 26
  return unit === 'byte' || unit === 'bit/s' ? 22 : 15
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
  yield [sheetEnd()]
}

/** Estimated number of lines of a wrapped text; Chinese characters are two wide. */
const linesOf = (text: string, width: number): number =>
  Math.max(1, Math.ceil(text.replaceAll(/[\u2e80-\uffff]/g, '  ').length / (width * 0.95)))
