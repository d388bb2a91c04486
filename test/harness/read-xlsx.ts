import { type Cell, numberCell, type ReadTable } from './read-table.ts'
import { readXml } from './read-xml.ts'
import { readZip } from './read-zip.ts'

/** A sheet by its tab's name. Rows before the first one's are none; `titles` is the first row. */
export type Sheet = ReadTable & { name: string }

/**
 * The sheets of a workbook in the order of their tabs. A number whose format is a date is its text, YYYY-MM-DD HH:MM:SS.
 * @throws Error when a part is missing, or a cell does not stand where it says
 */
export async function readXlsx(bytes: Buffer): Promise<Sheet[]> {
  const parts = await readZip(bytes)
  const part = (path: string): Buffer => {
    const found = parts.get(path)
    if (!found) throw new Error(`the workbook has no ${path}`)
    return found
  }
  const targets = new Map(
    attributesOf(part('xl/_rels/workbook.xml.rels'), 'Relationship').map((one) => [one['Id'], one['Target']]),
  )
  const dateFormats = dateFormatsOf(part('xl/styles.xml'))
  return attributesOf(part('xl/workbook.xml'), 'sheet').map((sheet) => {
    const rows = readRows(part(`xl/${targets.get(sheet['r:id'])}`), dateFormats)
    return { name: sheet['name'] ?? '', titles: (rows[0] ?? []).map(String), rows: rows.slice(1) }
  })
}

const attributesOf = (xml: Buffer, name: string) =>
  [...readXml(xml)].filter((step) => step.kind === 'begin' && step.name === name).map((step) => step.attributes)

/** Which cell formats show a number as a date. */
function dateFormatsOf(styles: Buffer): Set<string> {
  const dates = attributesOf(styles, 'numFmt').filter(({ formatCode }) => /yy/i.test(formatCode ?? ''))
  const ids = new Set(dates.map(({ numFmtId }) => numFmtId))
  const formats: string[] = []
  let isCellFormats = false
  for (const { kind, name, attributes } of readXml(styles)) {
    if (name === 'cellXfs') isCellFormats = kind === 'begin'
    if (isCellFormats && kind === 'begin' && name === 'xf') formats.push(attributes['numFmtId'] ?? '')
  }
  return new Set([...formats.keys()].filter((index) => ids.has(formats[index])).map(String))
}

type OpenCell = { column: number; type: string; isDate: boolean; text: string }

function readRows(sheet: Buffer, dateFormats: Set<string>): Cell[][] {
  const rows: Cell[][] = []
  let cell: OpenCell | null = null
  for (const { kind, name, attributes, text } of readXml(sheet)) {
    if (kind === 'begin' && name === 'row') startRow(rows, attributes)
    if (kind === 'begin' && name === 'c') cell = startCell(rows.length, attributes, dateFormats)
    if (kind === 'text' && cell && (name === 'v' || name === 't')) cell.text += text
    if (kind === 'end' && name === 'c' && cell) endCell(rows.at(-1) ?? [], cell)
  }
  const width = rows[0]?.length ?? 0
  // Cells with nothing in them are not written.
  for (const row of rows) while (row.length < width) row.push(null)
  return rows
}

function startRow(rows: Cell[][], { r }: Record<string, string>) {
  if (r !== String(rows.length + 1)) throw new Error(`row ${r} stands where ${rows.length + 1} belongs`)
  rows.push([])
}

function startCell(rowNumber: number, attributes: Record<string, string>, dateFormats: Set<string>): OpenCell {
  const [, letters = '', number] = /^([A-Z]+)(\d+)$/.exec(attributes['r'] ?? '') ?? []
  if (number !== String(rowNumber)) throw new Error(`cell ${attributes['r']} stands in row ${rowNumber}`)
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1
  return { column, type: attributes['t'] ?? 'n', isDate: dateFormats.has(attributes['s'] ?? '0'), text: '' }
}

function endCell(row: Cell[], { column, type, isDate, text }: OpenCell) {
  if (column < row.length) throw new Error(`column ${column} comes after ${row.length}`)
  while (row.length < column) row.push(null)
  // A cell may have a format and nothing in it.
  if (type === 'n' && text === '') row.push(null)
  else if (type === 'inlineStr') row.push(text.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, code) => characterOf(code)))
  else if (type === 'n') row.push(isDate ? dateText(Number(text)) : numberCell(text))
  else throw new Error(`a cell of type ${type}`)
}

const characterOf = (code: string) => String.fromCharCode(Number.parseInt(code, 16))

/** Days since 1899-12-30. */
const dateText = (serial: number) =>
  new Date(Date.UTC(1899, 11, 30) + Math.round(serial * 86_400) * 1000).toISOString().slice(0, 19).replace('T', ' ')
