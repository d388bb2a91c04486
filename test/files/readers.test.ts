import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { type Cells, cellsOf, shownInOffice, totalsBelow } from './cells-seen.ts'
import { type Expected, type ExportFiles, exportFiles, names, oddTexts, unguarded, zone } from './exported-files.ts'

/** Files of ours as programs see them that we did not write: figures, dates, types, and what a sheet looks like. */
const run = promisify(execFile)

/** Exactly these are fetched: readers, and what they depend on. */
const packages = [
  ...['openpyxl==3.1.5', 'et_xmlfile==2.0.0', 'pyarrow==26.0.1', 'duckdb==2.0.0'],
  ...['pandas==3.1.1', 'numpy==2.4.6', 'python-dateutil==2.9.0.post0', 'six==1.17.0'],
]

/** Kept between runs: the packages are large. */
const environment = fileURLToPath(new URL('../../node_modules/.cache/python-files', import.meta.url))
const python = join(environment, 'bin', 'python')

/** Undefined when the readers are at hand, else why they are not. */
function preparePython(): string | undefined {
  if (spawnSync('python3', ['--version']).error) return 'python3 is missing'
  const ready = join(environment, `ready-${packages.join('-')}`)
  if (existsSync(ready)) return undefined
  if (spawnSync('python3', ['-m', 'venv', '--clear', environment]).status !== 0) return 'python3 has no venv'
  const installing = ['-m', 'pip', 'install', '--quiet', '--no-deps', ...packages]
  const installed = spawnSync(python, installing, { encoding: 'utf8' })
  if (installed.status !== 0) return `the readers cannot be installed: ${installed.stderr.trim().split('\n').pop()}`
  spawnSync('touch', [ready])
  return undefined
}

const withoutPython = preparePython()
const withoutOffice = spawnSync('soffice', ['--version']).error ? 'soffice is missing' : undefined
const skipped = (why: string | undefined) => (why ? ` (skipped: ${why})` : '')
for (const why of [withoutPython, withoutOffice]) if (why) console.warn(`files opened by others: some are not: ${why}`)

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let files: ExportFiles[]
beforeAll(async () => {
  directory = await temporaryDirectory()
  files = withoutPython && withoutOffice ? [] : await exportFiles(directory.path)
})
afterAll(() => directory.remove())

const filesOf = (name: string): ExportFiles => {
  const found = files.find((one) => one.name === name)
  if (!found) throw new Error(`no files of ${name}`)
  return found
}

/** The first difference, instead of thousands of rows. */
function expectSameRows(seen: Cells, expected: Cells) {
  const different = expected.findIndex((row, n) => row.join('\0') !== seen[n]?.join('\0'))
  expect(seen[different]).toEqual(expected[different])
  expect(seen.length).toBe(expected.length)
}

/** A column of the table that has values, by its place. */
const columnsWithValues = ({ columns, rows }: Expected) =>
  columns.map((column, at) => ({ ...column, at })).filter(({ at }) => rows.some((row) => row[at] !== null))

describe('what is compared', () => {
  it.skipIf(withoutPython && withoutOffice)('has rows, and those without figures too', () => {
    for (const { tables } of files) for (const table of tables) expect(table.rows.length).toBeGreaterThan(0)
    expect(filesOf('uv').tables[0]?.rows.length).toBeGreaterThan(50_000)
    const figures = filesOf('uv').tables[0]?.rows.map((row) => row.at(-2))
    expect(new Set(figures).has(null) && new Set(figures).has('0')).toBe(true)
    expect(new Set(filesOf('odd_texts').tables[0]?.rows.map((row) => row[1]))).toEqual(new Set(oddTexts))
  })
})

type Seen = {
  file: string
  reader: string
  error?: string
  titles: string[]
  types: string[]
  rows: Cells
  groups?: number
  nullable?: boolean[]
  /** A workbook's title and maker. */
  properties?: string[]
  sheets: (Omit<Seen, 'types'> & {
    title: string
    types: string[][]
    frozen: string | null
    filtered: string | null
    widths: number[]
    header: [bold: boolean, wrapped: boolean][]
    formats: string[]
  })[]
}

describe.skipIf(withoutPython)(`${packages.join(', ')}${skipped(withoutPython)}`, () => {
  let seen: Seen[]
  beforeAll(async () => {
    const paths = files.flatMap(({ paths }) => Object.values(paths).flat())
    const script = fileURLToPath(new URL('./python/read_files.py', import.meta.url))
    const { stdout } = await run(python, [script, zone, ...paths], { maxBuffer: 1 << 28 })
    seen = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Seen)
  })

  const seenBy = (reader: string, path: string | undefined): Seen => {
    const found = seen.find((one) => one.file === basename(path ?? '') && one.reader === reader)
    if (!found || found.error) throw new Error(`${reader} of ${path}: ${found?.error}`)
    return found
  }

  const duckTypes = { time: /^TIMESTAMP/, text: /^VARCHAR$/, integer: /^U?BIGINT$/, decimal: /^(DOUBLE|DECIMAL)/ }

  const parquetDuckTypes = { ...duckTypes, integer: /^BIGINT$/ }
  const arrowTypes = { time: /^timestamp\[ms, tz=UTC\]$/, text: /^string$/, integer: /^int64$/, decimal: /^decimal/ }
  // Int64 is the integer of pandas that can be missing; a float64 would lose digits.
  const pandasTypes = {
    time: /^datetime64\[ms, UTC\]$/,
    text: /^(str|object)$/,
    integer: /^[iI]nt64$/,
    decimal: /^object$/,
  }

  describe.each(names)('%s', (name) => {
    it('is read as a workbook: cells, dates, numbers, and no formula', () => {
      const { tables, paths } = filesOf(name)
      const { sheets } = seenBy('with_openpyxl', paths.xlsx[0])
      const data = sheets.filter((_, tab) => tab !== 1)
      expect(sheets.length).toBe(tables.length + 1)
      for (const [n, table] of tables.entries()) {
        expect(data[n]?.titles).toEqual(table.columns.map(({ title }) => title))
        const below = totalsBelow(name, table)
        expectSameRows(data[n]?.rows ?? [], [...table.rows, ...below])
        const types = { time: 'd', text: 's', integer: 'n', decimal: 'n' }
        const ofTotal = (at: number) => (at === 0 && below.length > 0 ? ['s'] : [])
        for (const { type, at } of columnsWithValues(table))
          expect(data[n]?.types[at]).toEqual([...new Set([types[type], ...ofTotal(at)])].sort())
        expect(data[n]?.filtered).toMatch(new RegExp(`^A1:[A-Z]${table.rows.length + 1}$`))
      }
    })

    it('is a workbook that looks like one: header in view, bold and wrapped, columns as wide as they need', () => {
      const { tables, paths } = filesOf(name)
      const { sheets, properties } = seenBy('with_openpyxl', paths.xlsx[0])
      expect(properties).toEqual([expect.stringMatching(/^\p{Script=Han}+.* \d{4}-.*\(Asia\/Shanghai\)$/u), 'Fluxport'])
      expect(sheets[1]).toMatchObject({ title: '说明', frozen: null, filtered: null })
      for (const [n, table] of tables.entries()) {
        const sheet = sheets[n === 0 ? 0 : n + 1]
        expect([sheet?.frozen, sheet?.header]).toEqual(['A2', [[true, true]]])
        expect(sheet?.title).toMatch(/^[\p{Script=Han}A-Z]+$/iu)
        for (const { type, at, title } of columnsWithValues(table)) {
          const longest = Math.max(...table.rows.map((row) => row[at]?.length ?? 0))
          if (type !== 'text')
            expect([title, sheet?.widths[at]]).toEqual([title, expect.toSatisfy((w) => w >= longest)])
          if (type === 'time') expect(sheet?.formats[at]).toMatch(/^yyyy.*ss$/)
          if (type === 'integer') expect(sheet?.formats[at]).toBe('#,##0')
        }
      }
    })

    it.each(['with_pyarrow', 'with_duckdb', 'with_pandas'])('is read as Parquet %s', (reader) => {
      const { tables, paths } = filesOf(name)
      for (const [n, table] of tables.entries()) {
        const { titles, types, rows } = seenBy(reader, paths.parquet[n])
        expect(titles).toEqual(table.columns.map(({ name }) => name))
        expectSameRows(rows, table.rows)
        const expected = { with_pyarrow: arrowTypes, with_pandas: pandasTypes, with_duckdb: parquetDuckTypes }[reader]
        for (const [at, { type }] of table.columns.entries()) expect(types[at]).toMatch(expected?.[type] ?? /^$/)
      }
    })

    it('is read as CSV, in which types are found by looking', () => {
      const { tables, paths } = filesOf(name)
      for (const [n, table] of tables.entries()) {
        const { titles, types, rows } = seenBy('with_duckdb', paths.csv[n])
        expect(titles).toEqual(table.columns.map(({ title }) => title))
        expectSameRows(
          rows.map((row) => row.map((cell, at) => unguarded(cell, table.columns[at]?.type))),
          table.rows,
        )
        for (const { type, at } of columnsWithValues(table)) expect(types[at]).toMatch(duckTypes[type])
      }
    })

    it('is read as JSON lines', () => {
      const { tables, paths } = filesOf(name)
      for (const [n, table] of tables.entries()) {
        const { titles, types, rows } = seenBy('with_duckdb', paths.jsonl[n])
        expect(titles).toEqual(table.columns.map(({ name }) => name))
        expectSameRows(rows, table.rows)
        for (const { type, at } of columnsWithValues(table)) expect(types[at]).toMatch(duckTypes[type])
      }
    })
  })

  it('see integers that are always there as int64, and as optional what can be missing alone', () => {
    const { types, nullable } = seenBy('with_pandas', filesOf('billing_summary').paths.parquet[0])
    const { columns } = filesOf('billing_summary').tables[0] ?? { columns: [] }
    const sure = columns.filter((_, at) => !nullable?.[at]).map(({ name }) => name)
    expect(sure).toEqual(['month', 'from', 'to', 'domain', 'valid_days', 'points', 'discarded'])
    for (const [at, { type }] of columns.entries())
      if (type === 'integer') expect(types[at]).toBe(nullable?.[at] ? 'Int64' : 'int64')
    const list = seenBy('with_pandas', filesOf('top_url_detail').paths.parquet[0])
    expect([...new Set(list.nullable)]).toEqual([false])
  })

  it('see several row groups where there were several slices', () => {
    expect(seenBy('with_pyarrow', filesOf('uv').paths.parquet[0]).groups).toBeGreaterThan(1)
  })
})

describe.skipIf(withoutOffice)(`LibreOffice${skipped(withoutOffice)}`, () => {
  /** UTF-8, text in quotes, everything as it is shown, every sheet. */
  const allSheets = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,true,false,false,-1'
  const convert = async (to: string, paths: string[]): Promise<string> => {
    const target = join(directory.path, to.slice(0, 3))
    await mkdir(target)
    const profile = `-env:UserInstallation=file://${join(directory.path, 'profile')}`
    const env = { ...process.env, LC_ALL: 'C.UTF-8' }
    await run('soffice', [profile, '--headless', '--convert-to', to, '--outdir', target, ...paths], {
      env,
      timeout: 240_000,
    })
    return target
  }
  const workbooks = () => files.flatMap(({ paths }) => paths.xlsx)

  describe('as CSV', () => {
    let target: string
    let written: string[]
    beforeAll(async () => {
      target = await convert(allSheets, workbooks())
      written = await readdir(target)
    })

    it.each(names)('has the same cells of %s, text in quotes, and numbers and dates without', async (name) => {
      const { tables } = filesOf(name)
      const sheets = written.filter((file) => file.startsWith(`${name}-0-`))
      expect(sheets.length).toBe(tables.length + 1)
      for (const table of tables) {
        const [titles = [], ...rows] = await sheetWith(table, sheets)
        expect(titles).toEqual(table.columns.map(({ title }) => `"${title}"`))
        const shown = [...table.rows, ...totalsBelow(name, table)].map((row) =>
          row.map((cell, at) => (cell === null ? null : shownInOffice(cell, table.columns[at]?.type))),
        )
        expectSameRows(rows, shown)
      }
    })

    /** Its sheets are files, each named by its tab. */
    async function sheetWith(table: Expected, sheets: string[]): Promise<Cells> {
      const titles = table.columns.map(({ title }) => `"${title}"`).join(',')
      for (const name of sheets) {
        const text = await readFile(join(target, name), 'utf8')
        if (text.startsWith(`${titles}\n`)) return cellsOf(text)
      }
      throw new Error(`no sheet has the titles of ${table.name}: ${sheets}`)
    }
  })

  it('prints pages as wide as the table', async () => {
    const target = await convert(
      'pdf',
      ['reports_detail', 'billing_summary'].flatMap((name) => filesOf(name).paths.xlsx),
    )
    const [bill, usage] = await Promise.all((await readdir(target)).sort().map((name) => readFile(join(target, name))))
    const pagesOf = (pdf: Buffer | undefined) => pdf?.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0
    // About 80 rows a page: 480 of usage, 20 domains and a total of bills with 14 points each.
    expect(pagesOf(usage)).toBeGreaterThan(3)
    expect(pagesOf(usage)).toBeLessThan(12)
    expect(pagesOf(bill)).toBeGreaterThan(3)
    expect(pagesOf(bill)).toBeLessThan(15)
  })
})
