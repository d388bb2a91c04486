import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readXlsx } from '../../../../test/harness/read-xlsx.ts'
import { readXml } from '../../../../test/harness/read-xml.ts'
import { readZip } from '../../../../test/harness/read-zip.ts'
import { tabSeparatedRow } from '../../../../test/harness/tab-separated.ts'
import type { Column } from '../columns.ts'
import type { About, FileTable } from '../file-format.ts'
import { xlsx } from './xlsx.ts'

const column = (name: string, type: Column['type']): Column => ({
  name,
  title: { en: `${name} (en)`, zh: `${name}（中）` },
  type,
  unit: null,
})
const columns = [column('domain', 'text'), column('time', 'time'), column('flux', 'integer')]

type Cells = (string | null)[][]

/** A slice as the engine sends it: lines, cut into pieces anywhere. */
const sliceOf = (rows: Cells, pieceBytes = 1 << 16) => ({
  rows: rows.length,
  stream: piecesOf(Buffer.from(rows.map(tabSeparatedRow).join('')), pieceBytes),
})

async function* piecesOf(bytes: Buffer, pieceBytes: number) {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

async function* inTurn<T>(items: T[]): AsyncGenerator<T> {
  yield* items
}

const tableOf = (slices: FileTable['slices'], more: Partial<FileTable> = {}): FileTable => ({
  title: { en: 'Usage', zh: '用量' },
  columns,
  language: 'en',
  slices,
  ...more,
})

const about = (): About => ({
  title: 'About',
  fileTitle: 'Usage of <a> & b',
  dataChangedAtMs: Date.UTC(2026, 8, 1, 8),
  lines: [['Rows', 3]],
  cutCellsLabel: 'Texts cut',
})

const written = (tables: FileTable[], options: { sheetRowsMax?: number } = {}, described = about) =>
  buffer(xlsx(options).write(tables, described))

const rowsOf = (count: number): Cells =>
  Array.from({ length: count }, (_, n) => [`d${n}.example.com`, '2026-09-01 08:00:00', String(n)])
const read = (rows: Cells) => rows.map(([domain, time, flux]) => [domain, time, BigInt(flux ?? 0)])

describe('a workbook', () => {
  it('has a header, rows of types, and a second tab that says what it is, asked when the rows are written', async () => {
    let isRead = false
    const slices = (async function* () {
      yield sliceOf(rowsOf(3))
      isRead = true
    })()
    const file = await written([tableOf(slices)], {}, () => ({ ...about(), lines: [['Read', String(isRead)]] }))
    const sheets = await readXlsx(file)
    expect(sheets).toEqual([
      { name: 'Usage', titles: ['domain (en)', 'time (en)', 'flux (en)'], rows: read(rowsOf(3)) },
      { name: 'About', titles: ['Read', 'true'], rows: [] },
    ])
  })

  it('has the titles of its language', async () => {
    const [sheet] = await readXlsx(await written([tableOf(inTurn([]), { language: 'zh' })]))
    expect(sheet).toMatchObject({ name: '用量', titles: ['domain（中）', 'time（中）', 'flux（中）'] })
  })

  it.each([
    ['no slice', []],
    ['a slice without rows', [sliceOf([])]],
    ['slices without rows', [sliceOf([]), sliceOf([]), sliceOf([])]],
  ])('without rows has its header: %s', async (_name, slices) => {
    const sheets = await readXlsx(await written([tableOf(inTurn(slices))], { sheetRowsMax: 2 }))
    expect(sheets.map(({ name, rows }) => [name, rows.length])).toEqual([
      ['Usage', 0],
      ['About', 0],
    ])
  })

  it('has a sheet for each table, and what it is between the first and the others', async () => {
    const tables = [2, 0, 5].map((count) => tableOf(inTurn([sliceOf(rowsOf(count))])))
    const sheets = await readXlsx(await written(tables))
    expect(sheets.map(({ name, rows }) => [name, rows.length])).toEqual([
      ['Usage', 2],
      ['About', 0],
      ['Usage (2)', 0],
      ['Usage (3)', 5],
    ])
  })

  it('counts the texts that it had to cut, of all tables, and says nothing when there are none', async () => {
    const long = ['x'.repeat(40_000), null, null]
    const tables = [[long, long], [long]].map((rows) => tableOf(inTurn([sliceOf(rows)]), { columns }))
    const [, cut] = await readXlsx(await written(tables, { sheetRowsMax: 2 }))
    expect(cut?.rows).toEqual([['Texts cut', 3n]])
    const [, whole] = await readXlsx(await written([tableOf(inTurn([sliceOf(rowsOf(1))]))]))
    expect(whole?.rows).toEqual([])
  })

  it('is the same bytes for the same rows, however they come', async () => {
    const [one, other] = await Promise.all(
      [1 << 16, 1].map((pieceBytes) => written([tableOf(inTurn([sliceOf(rowsOf(50), pieceBytes)]))])),
    )
    expect(other?.equals(one ?? Buffer.alloc(0))).toBe(true)
  })

  it('is an error, and never a short one, when a slice ends inside a row', async () => {
    const cut = { rows: 2, stream: piecesOf(Buffer.from('a\t2026-09-01 08:00:00\t1\nb\t2026'), 100) }
    await expect(written([tableOf(inTurn([cut]))])).rejects.toThrow('row is cut')
  })

  it('keeps texts of any length and characters', async () => {
    const texts = ['', ' ', '=1+1', '_x0041_', 'a\r\nb\u0001', '中😀'.repeat(8_000), '<&>"\'', 'x'.repeat(32_767)]
    const rows = texts.map((text) => [text, null, null])
    const [sheet] = await readXlsx(await written([tableOf(inTurn([sliceOf(rows, 1000)]))]))
    expect(sheet?.rows.map(([text]) => text)).toEqual(texts)
  })
})

describe('a table that is longer than a sheet', () => {
  const sheetsOf = async (count: number, sheetRowsMax: number) => {
    const sheets = await readXlsx(await written([tableOf(inTurn([sliceOf(rowsOf(count))]))], { sheetRowsMax }))
    return sheets.filter(({ name }) => name !== 'About')
  }

  it.each([
    [9, 10, ['Usage']],
    [10, 10, ['Usage', 'Usage (2)']],
    [18, 10, ['Usage', 'Usage (2)']],
    [19, 10, ['Usage', 'Usage (2)', 'Usage (3)']],
    [1, 2, ['Usage']],
    [2, 2, ['Usage', 'Usage (2)']],
  ])('goes on in others: %i rows, %i to a sheet with its header', async (count, sheetRowsMax, names) => {
    const sheets = await sheetsOf(count, sheetRowsMax)
    expect(sheets.map(({ name }) => name)).toEqual(names)
    expect(sheets.flatMap(({ rows }) => rows)).toEqual(read(rowsOf(count)))
    for (const sheet of sheets) expect(sheet.titles).toEqual(['domain (en)', 'time (en)', 'flux (en)'])
  })

  it('has every row once and in order, wherever slices, pieces and sheets end', async () => {
    const shape = fc.record({
      counts: fc.array(fc.nat(12), { maxLength: 5 }),
      pieceBytes: fc.integer({ min: 1, max: 200 }),
      sheetRowsMax: fc.integer({ min: 2, max: 12 }),
    })
    await fc.assert(
      fc.asyncProperty(shape, async ({ counts, pieceBytes, sheetRowsMax }) => {
        const all = rowsOf(counts.reduce((sum, count) => sum + count, 0))
        const left = [...all]
        const slices = counts.map((count) => sliceOf(left.splice(0, count), pieceBytes))
        const sheets = await readXlsx(await written([tableOf(inTurn(slices))], { sheetRowsMax }))
        const data = sheets.filter(({ name }) => name !== 'About')
        expect(data.flatMap(({ rows }) => rows)).toEqual(read(all))
        expect(data.length).toBe(Math.max(1, Math.ceil(all.length / (sheetRowsMax - 1))))
        for (const { rows } of data) expect(rows.length).toBeLessThan(sheetRowsMax)
      }),
      { numRuns: 60 },
    )
  })
})

describe('a table with totals', () => {
  const sheetsOf = async (count: number, sheetRowsMax: number) => {
    const table = tableOf(inTurn([sliceOf(rowsOf(count))]), { summed: ['flux'] })
    const file = await written([table], { sheetRowsMax })
    const workbook = (await readZip(file)).get('xl/workbook.xml')?.toString() ?? ''
    const filters = [...workbook.matchAll(/FilterDatabase"[^>]*>'[^']*'!([^<]*)</g)].map((found) => found[1])
    return { sheets: (await readXlsx(file)).filter(({ name }) => name !== 'About'), filters }
  }

  it.each([
    [7, 10, ['$A$1:$C$8']],
    [8, 10, ['$A$1:$C$8', '$A$1:$C$2']],
    [14, 10, ['$A$1:$C$8', '$A$1:$C$8']],
    [1, 4, ['$A$1:$C$2']],
  ])('has them once, at its end and below what is filtered: %i rows, %i to a sheet', async (count, max, expected) => {
    const { sheets, filters } = await sheetsOf(count, max)
    expect(filters).toEqual(expected)
    const rows = sheets.flatMap((sheet) => sheet.rows)
    expect(rows.slice(0, count)).toEqual(read(rowsOf(count)))
    expect(rows.slice(count)).toEqual([
      [null, null, null],
      ['Total', null, BigInt((count * (count - 1)) / 2)],
    ])
    expect(sheets.at(-1)?.rows.at(-1)?.[0]).toBe('Total')
    for (const sheet of sheets) expect(sheet.rows.length).toBeLessThan(max)
  })

  it('has none without rows', async () => {
    const { sheets, filters } = await sheetsOf(0, 10)
    expect([sheets[0]?.rows, filters]).toEqual([[], []])
  })
})

describe('a sheet', () => {
  const partsOf = async () => readZip(await written([tableOf(inTurn([sliceOf(rowsOf(1))]))]))
  const tagsOf = async (path: string, tag: string) => {
    const steps = [...readXml((await partsOf()).get(path) ?? Buffer.alloc(0))]
    return steps.filter(({ kind, name }) => kind === 'begin' && name === tag).map(({ attributes }) => attributes)
  }

  it('keeps its header in view, and the one about the file has none', async () => {
    expect(await tagsOf('xl/worksheets/sheet1.xml', 'pane')).toMatchObject([{ ySplit: '1', state: 'frozen' }])
    expect(await tagsOf('xl/worksheets/sheet2.xml', 'pane')).toEqual([])
  })

  it('says how wide each column is', async () => {
    const widths = await tagsOf('xl/worksheets/sheet1.xml', 'col')
    expect(widths.map(({ min, max, width }) => [min, max, width])).toEqual([
      ['1', '1', '26'],
      ['2', '2', '21'],
      ['3', '3', '15'],
    ])
  })

  it('has no formula, and no link', async () => {
    for (const [path, bytes] of await partsOf()) {
      expect([path, /<f[ >/]|<hyperlink|<oleLink|externalLink/.test(bytes.toString())]).toEqual([path, false])
    }
  })

  it('has formats that there are', async () => {
    const formats = (await tagsOf('xl/styles.xml', 'cellXfs'))[0]?.['count']
    const used = await tagsOf('xl/worksheets/sheet1.xml', 'c')
    for (const { s } of used) expect(Number(s ?? 0)).toBeLessThan(Number(formats))
  })
})
