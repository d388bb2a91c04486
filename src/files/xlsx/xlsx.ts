import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import { type About, type FileFormat, type FileTable, localTimeSql } from '../file-format.ts'
import { fixedTime } from '../zip-entry.ts'
import { type CellValue, cellFormats, columnName, createRowWriter, textCell } from './cells.ts'
import { sheetEnd, sheetName, sheetStart, workbookParts } from './workbook-parts.ts'

/** Rows of a sheet, the header's among them: Excel's limit. */
const sheetRowsMax = 1_048_576
/** XML gathered before it goes on. */
const pieceLength = 1 << 16
/** Level 1 takes 60 % of the time of level 6, for a file a fifth longer. */
const compressionLevel = 1

/**
 * Office Open XML. The engine writes rows as JSON, and we make cells of them: row by row, so that a workbook of any size
 * takes the memory of a slice. A table that is longer than a sheet goes on in another, under the same header; the second
 * sheet says what the file is.
 */
export const xlsx = (options: { sheetRowsMax?: number } = {}): FileFormat => ({
  extension: 'xlsx',
  contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  engineFormat: 'JSONCompactEachRow',
  settings: {
    output_format_json_quote_64bit_integers: 1,
    output_format_json_quote_decimals: 1,
    output_format_json_escape_forward_slashes: 0,
    output_format_decimal_trailing_zeros: 1,
  },
  holdsAllTables: true,
  cell: (column, type, times) => {
    if (type === 'time') return localTimeSql(column, times)
    return type === 'text' ? `toValidUTF8(${column})` : column
  },
  write: (tables, about) => workbook(tables, about, options.sheetRowsMax ?? sheetRowsMax),
})

async function* workbook(tables: FileTable[], about: () => About, rowsMax: number): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  const writing = writeSheets(zip, tables, about, rowsMax).catch((error) => output.destroy(error))
  try {
    yield* output
  } finally {
    await writing
  }
}

async function writeSheets(zip: ZipFile, tables: FileTable[], about: () => About, rowsMax: number) {
  const sheets: { name: string; partNumber: number }[] = []
  const counts = { cutCells: 0 }
  const add = async (name: string, xml: AsyncIterable<string>) => {
    const partNumber = sheets.length + 1
    sheets.push({ name, partNumber })
    await addEntry(zip, `xl/worksheets/sheet${partNumber}.xml`, xml)
  }
  for (const table of tables) {
    const rows = peekable(rowsOf(table.slices))
    for (let part = 1; part === 1 || !(await rows.isAtEnd()); part++)
      await add(sheetName(table.title[table.language], part), sheetXml(table, rows, rowsMax, counts))
  }
  const described = about()
  await add(sheetName(described.title, 1), aboutXml(described, counts.cutCells))
  // What the file is stands in its second tab, though it is known last.
  const [first, ...others] = sheets.slice(0, -1)
  const tabs = [first, sheets.at(-1), ...others].filter((sheet) => sheet !== undefined)
  for (const [path, xml] of Object.entries(workbookParts(tabs)))
    await addEntry(
      zip,
      path,
      (async function* () {
        yield xml
      })(),
    )
  zip.end()
}

/** Resolves when the archive has taken all of it: the next one is not begun before. */
async function addEntry(zip: ZipFile, path: string, xml: AsyncIterable<string>) {
  const stream = Readable.from(inBytes(xml), { objectMode: false })
  zip.addReadStream(stream, path, { ...fixedTime, compressionLevel })
  await finished(stream)
}

async function* inBytes(xml: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let pieces = ''
  for await (const piece of xml) {
    pieces += piece
    if (pieces.length < pieceLength) continue
    yield Buffer.from(pieces)
    pieces = ''
  }
  if (pieces !== '') yield Buffer.from(pieces)
}

type Rows = { next(): Promise<CellValue[][] | null>; putBack(rows: CellValue[][]): void; isAtEnd(): Promise<boolean> }

/** One sheet of a table: its header, and rows until it is full. */
async function* sheetXml(table: FileTable, rows: Rows, rowsMax: number, counts: { cutCells: number }) {
  const writer = createRowWriter(table.columns)
  yield sheetStart(table.columns.map(widthOf), true)
  const titles = table.columns.map(({ title }, i) =>
    textCell(`${columnName(i)}1`, title[table.language], () => undefined, cellFormats.header),
  )
  yield `<row r="1">${titles.join('')}</row>`
  let rowNumber = 1
  for (let some = await rows.next(); some; some = await rows.next()) {
    const fitting = some.slice(0, rowsMax - rowNumber)
    let xml = ''
    for (const values of fitting) xml += writer.row(values, ++rowNumber)
    yield xml
    if (fitting.length < some.length) {
      rows.putBack(some.slice(fitting.length))
      break
    }
  }
  counts.cutCells += writer.cutCells()
  yield sheetEnd
}

const widthOf = ({ type, name }: FileTable['columns'][number]): number => {
  if (type === 'time') return 20
  if (type === 'text') return ['url', 'path', 'ua', 'referer'].includes(name) ? 60 : 24
  return 18
}

async function* aboutXml(about: About, cutCells: number) {
  yield sheetStart([30, 90], false)
  const lines = cutCells === 0 ? about.lines : [...about.lines, [about.cutCellsLabel, cutCells] as const]
  let rowNumber = 0
  for (const [label, value] of lines) {
    rowNumber++
    const cells = [
      textCell(`A${rowNumber}`, label, () => undefined, cellFormats.header),
      typeof value === 'number'
        ? `<c r="B${rowNumber}" s="${cellFormats.integer}"><v>${value}</v></c>`
        : textCell(`B${rowNumber}`, value, () => undefined),
    ]
    yield `<row r="${rowNumber}">${cells.join('')}</row>`
  }
  yield sheetEnd
}

/** Rows as they come out of the engine's bytes, some hundred at a time. */
async function* rowsOf(slices: FileTable['slices']): AsyncGenerator<CellValue[][]> {
  for await (const { stream } of slices) {
    let rest: Uint8Array[] = []
    for await (const chunk of stream) {
      const end = chunk.lastIndexOf(0x0a)
      if (end < 0) {
        rest.push(chunk)
        continue
      }
      yield parsed(Buffer.concat([...rest, chunk.subarray(0, end)]))
      rest = [chunk.subarray(end + 1)]
    }
    const last = Buffer.concat(rest)
    if (last.length > 0) yield parsed(last)
  }
}

/** A line is a JSON array, and has no line end inside. */
const parsed = (lines: Buffer): CellValue[][] => JSON.parse(`[${lines.toString('utf8').replaceAll('\n', ',')}]`)

function peekable(source: AsyncGenerator<CellValue[][]>): Rows {
  let waiting: CellValue[][] | null = null
  const next = async () => {
    if (waiting) {
      const rows = waiting
      waiting = null
      return rows
    }
    const { value, done } = await source.next()
    return done ? null : value
  }
  return {
    next,
    putBack: (rows) => {
      waiting = rows
    },
    isAtEnd: async () => {
      waiting ??= await next()
      return waiting === null
    },
  }
}
