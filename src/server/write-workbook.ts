import { buffer } from 'node:stream/consumers'
import { aboutTitle, type FileTable } from '../exports/files/file-format.ts'
import { xlsx } from '../exports/files/xlsx/xlsx.ts'
import type { WorkbookCell, WorkbookSheet, WriteWorkbook } from '../siblings/workbook.ts'

/** Writes the contract's workbooks with the writer of exports. */
export const writeWorkbook: WriteWorkbook = async ({ language, title, sheets, about }) => {
  const tables = sheets.map((sheet): FileTable => {
    const summed = sheet.columns.filter(({ isSummed }) => isSummed).map(({ name }) => name)
    return { title: sheet.title, columns: sheet.columns, summed, language, slices: sliceOf(sheet) }
  })
  const described = {
    title: aboutTitle[language],
    fileTitle: title,
    dataChangedAtMs: null,
    lines: about,
    cutCellsLabel: language === 'zh' ? '被截断的单元格' : 'Cells that were cut',
  }
  return await buffer(xlsx().write(tables, () => described))
}

/** Rows in the engine's form, which the writer reads. */
async function* sliceOf({ rows }: WorkbookSheet): FileTable['slices'] & AsyncGenerator {
  const lines = rows.map((row) => `${row.map(cellOf).join('\t')}\n`).join('')
  yield { stream: oneOf(Buffer.from(lines)), rows: rows.length }
}

async function* oneOf(bytes: Buffer) {
  yield bytes
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0' }
const cellOf = (cell: WorkbookCell): string =>
  cell === null ? '\\N' : String(cell).replaceAll(/[\\\t\n\r\0]/g, (mark) => escapes[mark] ?? mark)
