import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCsv } from '../harness/csv.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { startTestServer } from '../harness/server.ts'

/** CSV of other countries, as programs see it that read such files: the same cells as in the contract's form. */
const run = promisify(execFile)
/** Made by readers.test.ts. */
const python = fileURLToPath(new URL('../../node_modules/.cache/python-files/bin/python', import.meta.url))
const isReady = existsSync(python) && spawnSync(python, ['-c', 'import pandas, duckdb']).status === 0
if (!isReady) console.warn('CSV of other countries: its readers are missing; readers.test.ts fetches them')

const forms = [
  { csv_delimiter: ';', csv_decimal: ',', csv_bom: 'true' },
  { csv_delimiter: 'tab', csv_decimal: ',', csv_bom: 'false' },
  { csv_delimiter: ';', csv_decimal: '.', csv_bom: 'false' },
]
const agents = ['a;b', 'a,b', 'say "so"', 'Größe', '中文', "it's", 'x'.repeat(300)]
const range = {
  ...{ start_time: Date.parse('2026-09-01T08:00:00+08:00'), end_time: Date.parse('2026-09-01T08:05:00+08:00') },
  ...{ action: 'top_ua_detail', service_area: 'global', language: 'en', format: 'csv' },
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let texts: string[]
beforeAll(async () => {
  directory = await temporaryDirectory()
  const server = await startTestServer()
  try {
    const lines = agents.map((userAgent, n) => huaweiLine({ userAgent, bytes: 1_000 + n * 7 }))
    await server.load(lines.join(''), { name: 'agents.log' })
    const ids = await createAll(server, [range, ...forms.map((form) => ({ ...range, ...form }))])
    texts = []
    for (const id of ids) texts.push((await exportedBy(server, id)).files[0]?.bytes.toString() ?? '')
  } finally {
    await server.stop()
  }
})
afterAll(() => directory.remove())

describe.skipIf(!isReady)('CSV with another delimiter and decimal sign', () => {
  it.each(forms.map((form, n) => ({ ...form, n })))('has the same cells to its readers: %j', async (form) => {
    const text = texts[form.n + 1] ?? ''
    expect(text.startsWith('\ufeff')).toBe(form.csv_bom === 'true')
    const path = join(directory.path, `form-${form.n}.csv`)
    await writeFile(path, text)
    const script = fileURLToPath(new URL('./python/read_dialect.py', import.meta.url))
    const delimiter = form.csv_delimiter === 'tab' ? '\t' : form.csv_delimiter
    const { stdout } = await run(python, [script, delimiter, form.csv_decimal, path])
    const expected = parseCsv(texts[0] ?? '').slice(1)
    expect(expected.map((row) => row[1]).sort()).toEqual([...agents].sort())
    const seen = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { reader: string; rows: string[][] })
    expect(seen.map(({ reader }) => reader)).toEqual(['with_csv', 'with_pandas', 'with_duckdb'])
    for (const { reader, rows } of seen) {
      // A reader of text alone sees the sign itself; the others see a number.
      const plain =
        reader === 'with_csv' ? rows.map((row) => [...row.slice(0, -1), row.at(-1)?.replace(',', '.')]) : rows
      expect([reader, plain]).toEqual([reader, expected])
    }
  })
})

const withoutOffice = spawnSync('soffice', ['--version']).error ? ' (skipped: soffice is missing)' : ''

describe.skipIf(withoutOffice !== '')(`LibreOffice with German settings${withoutOffice}`, () => {
  it('reads numbers as numbers, and texts as they are', async () => {
    const path = join(directory.path, 'german.csv')
    await writeFile(path, texts[1] ?? '')
    const profile = `-env:UserInstallation=${pathToFileURL(join(directory.path, 'profile')).href}`
    // Separator ;, quote ", UTF-8, from line 1, no column formats, German of Germany.
    const filter = '--infilter=CSV:59,34,76,1,,1031,false,true'
    await run('soffice', [profile, '--headless', filter, '--convert-to', 'fods', '--outdir', directory.path, path], {
      timeout: 240_000,
    })
    const sheet = await readFile(path.replace(/csv$/, 'fods'), 'utf8')
    const values = [...sheet.matchAll(/office:value-type="(?:float|percentage)" office:value="([^"]*)"/g)]
    const expected = parseCsv(texts[0] ?? '').slice(1)
    const numbers = expected.flatMap((row) => row.filter((_, n) => n !== 1)).filter((cell) => /^[\d.]+$/.test(cell))
    expect(numbers.some((cell) => cell.includes('.'))).toBe(true)
    expect(values.map(([, value]) => Number(value)).sort()).toEqual(numbers.map(Number).sort())
    for (const agent of ['a;b', 'Größe', '中文']) expect(sheet).toContain(`<text:p>${agent}</text:p>`)
  }, 300_000)
})
