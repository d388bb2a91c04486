import { type About, type FileFormat, type FileTable, localTimeSql } from '../file-format.ts'
import { type ZipEntry, zipArchive } from '../zip.ts'
import { rowsOf } from './rows.ts'
import { aboutXml, sheetXml } from './sheets.ts'
import { type Sheet, sheetName, workbookParts } from './workbook-parts.ts'

/** Excel's limit of rows of a sheet, its header included. */
const sheetRowsMax = 1_048_576
/** Bytes of XML that are encoded and compressed together. */
const pieceBytes = 1 << 18
/** Level 1 takes 60 % of the time of level 6, for a file a fifth longer. */
const compressionLevel = 1

/**
 * Office Open XML. The engine writes rows as text, which become cells row by row, so a workbook of any size takes the
 * memory of a slice. A table longer than a sheet continues in another one, under the same header. The second sheet
 * describes the file.
 */
export const xlsx = (options: { sheetRowsMax?: number } = {}): FileFormat => ({
  extension: 'xlsx',
  contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  engineFormat: 'TabSeparated',
  settings: { output_format_decimal_trailing_zeros: 1 },
  holdsAllTables: true,
  cell: (column, type, times) => {
    if (type === 'time') return localTimeSql(column, times)
    return type === 'text' ? `toValidUTF8(${column})` : column
  },
  write: (tables, about) =>
    zipArchive(workbookFiles(tables, about, options.sheetRowsMax ?? sheetRowsMax), compressionLevel),
})

async function* workbookFiles(tables: FileTable[], about: () => About, rowsMax: number): AsyncGenerator<ZipEntry> {
  const sheets: Sheet[] = []
  const counts = { cutCells: 0 }
  const sheet = (title: string, xml: AsyncIterable<string[]>, hasHeader: boolean): ZipEntry => {
    const others = sheets.map(({ name }) => name)
    const partNumber = sheets.length + 1
    sheets.push({ name: sheetName(title, others), partNumber, hasHeader })
    return { name: `xl/worksheets/sheet${partNumber}.xml`, bytes: inBytes(xml) }
  }
  for (const table of tables) {
    const rows = rowsOf(table.slices)
    try {
      do yield sheet(table.title[table.language], sheetXml(table, rows, rowsMax, counts), true)
      while (!(await rows.isAtEnd()))
    } finally {
      await rows.close()
    }
  }
  const described = about()
  yield sheet(described.title, aboutXml(described, counts.cutCells), false)
  // The description is known last, but stands in the second tab.
  const [first, ...others] = sheets.slice(0, -1)
  const tabs = [first, sheets.at(-1), ...others].filter((one) => one !== undefined)
  for (const [name, xml] of Object.entries(workbookParts(tabs))) yield { name, bytes: inBytes([[xml]]) }
}

/**
 * Encodes row by row: joined texts with one Chinese character would use two bytes for each ASCII one, and be copied
 * again.
 */
async function* inBytes(xml: AsyncIterable<string[]> | string[][]): AsyncGenerator<Buffer> {
  let piece = Buffer.allocUnsafe(pieceBytes)
  let length = 0
  for await (const texts of xml) {
    for (const text of texts) {
      const bytesMax = text.length * 3
      if (length + bytesMax > piece.length) {
        if (length > 0) yield piece.subarray(0, length)
        piece = Buffer.allocUnsafe(Math.max(pieceBytes, bytesMax))
        length = 0
      }
      length += piece.write(text, length)
    }
  }
  yield piece.subarray(0, length)
}
