// One run of one writer, in a process of its own: `exceljs` or `fluxport`, lines in, a workbook out. Prints seconds and the
// process's peak of memory.
import { createReadStream, createWriteStream } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'

const [which, linesPath, outputPath, cache] = process.argv.slice(2)
const columns = Array.from({ length: 12 }, (_, i) => ({
  name: `c${i}`,
  title: { en: `Column ${i}`, zh: `列${i}` },
  type: i === 0 ? 'time' : i < 4 ? 'text' : 'integer',
  unit: null,
}))

async function fluxport() {
  const { xlsx } = await import('../dist/exports/files/xlsx/xlsx.js')
  const slices = (async function* () {
    yield { stream: createReadStream(linesPath), rows: 1_000_000 }
  })()
  const table = { title: { en: 'Rows', zh: '行' }, columns, language: 'en', slices }
  const about = () => ({ title: 'About', lines: [['Rows', 1_000_000]], cutCellsLabel: 'Cut' })
  await pipeline(xlsx().write([table], about), createWriteStream(outputPath))
}

async function exceljs() {
  const ExcelJS = createRequire(join(cache, 'package.json'))('exceljs')
  const workbook = new ExcelJS.stream.xlsx.WorkbookWriter({ filename: outputPath, useStyles: true })
  const sheet = workbook.addWorksheet('Rows', { views: [{ state: 'frozen', ySplit: 1 }] })
  sheet.columns = columns.map(({ name, title }) => ({ header: title.en, key: name, width: 18 }))
  sheet.getColumn(1).numFmt = 'yyyy-mm-dd hh:mm:ss'
  for await (const line of createInterface({ input: createReadStream(linesPath) })) {
    const [time, a, b, c, ...numbers] = line.split('\t')
    sheet.addRow([new Date(`${time.replace(' ', 'T')}Z`), a, b, c, ...numbers.map(Number)]).commit()
  }
  sheet.commit()
  await workbook.commit()
}

const startedAt = process.hrtime.bigint()
await { fluxport, exceljs }[which]()
const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9
console.log(JSON.stringify({ seconds, peakMiB: process.resourceUsage().maxRSS / 1024 }))
