import { execFile, spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cellsBetween } from '../harness/csv.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { readZip } from '../harness/read-zip.ts'
import { startTestServer } from '../harness/server.ts'

/** What a client asks for, and sends of itself, so that somebody's spreadsheet runs it. */
const run = promisify(execFile)
const withoutOffice = spawnSync('soffice', ['--version']).error ? ' (skipped: soffice is missing)' : ''
if (withoutOffice) console.warn('separators in LibreOffice: soffice is missing')

const separators = { semicolon: ';', tab: '\t', bar: '|' }
const formulas = ['=HYPERLINK(A1,B1)', '=1+1', '+1+1', '-1+1', '@SUM(A1)', '""=1+1', '=cmd|/c!A0', '＝1+1']
const hostile = Object.values(separators).flatMap((separator) =>
  formulas.map((formula) => `/a${separator}${formula}${separator}b`),
)
const harmless = ['/a;b=c;d', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'a | b - c']

const actions = { top_url_detail: 1, top_path_detail: 1, top_ua_detail: 1, top_referer_detail: 1 }
const range = {
  ...{ start_time: Date.parse('2026-09-01T08:00:00+08:00'), end_time: Date.parse('2026-09-01T08:05:00+08:00') },
  ...{ service_area: 'global', language: 'en', limit: 1_000 },
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
const csv = new Map<string, string>()
const workbooks: Buffer[] = []
beforeAll(async () => {
  directory = await temporaryDirectory()
  const server = await startTestServer()
  try {
    const texts = [...hostile, ...harmless]
    const lines = texts.flatMap((text) => [
      huaweiLine({ path: text.replaceAll(' ', '%20') }),
      huaweiLine({ userAgent: text }),
      huaweiLine({ referrer: text }),
    ])
    const { json } = await server.load(lines.join(''), { name: 'hostile.log' })
    expect(json['state']).toBe('loaded')
    const asked = Object.keys(actions).flatMap((action) =>
      ['csv', 'xlsx'].map((format) => ({ ...range, action, format })),
    )
    for (const [n, id] of (await createAll(server, asked)).entries()) {
      const bytes = (await exportedBy(server, id)).files[0]?.bytes ?? Buffer.alloc(0)
      if (asked[n]?.format === 'csv') csv.set(String(asked[n]?.action), bytes.toString())
      else workbooks.push(bytes)
    }
  } finally {
    await server.stop()
  }
})
afterAll(() => directory.remove())

describe.each(Object.entries(separators))('who separates by a %s', (_name, separator) => {
  it.each(Object.keys(actions))('has no cell of %s that begins a formula', (action) => {
    const text = csv.get(action) ?? ''
    expect(text).toContain(`${separator}'=HYPERLINK(A1,B1)${separator}`)
    const cells = cellsBetween(separator, text)
    expect(cells.length).toBeGreaterThan(2 * hostile.length)
    expect(cells.filter((cell) => /^[=+\-@＝＋－＠]/.test(cell))).toEqual([])
  })
})

it('has what is harmless as it was sent', () => {
  for (const action of ['top_ua_detail', 'top_referer_detail'])
    for (const text of harmless) expect(csv.get(action)).toContain(`"${text}"`)
})

it('has no formula and no link in a workbook', async () => {
  for (const bytes of workbooks) {
    const parts = [...(await readZip(bytes))].filter(([name]) => name.startsWith('xl/worksheets/'))
    expect(parts.length).toBeGreaterThan(0)
    for (const [, xml] of parts) expect(xml.toString()).not.toMatch(/<f[ >]|<hyperlink/)
    expect(parts.some(([, xml]) => xml.toString().includes('=HYPERLINK(A1,B1)'))).toBe(true)
  }
})

describe.skipIf(withoutOffice)(`LibreOffice${withoutOffice}`, () => {
  it.each(Object.entries(separators))(
    'runs nothing of any list where a %s separates',
    async (name, separator) => {
      const paths: string[] = []
      for (const [action, text] of csv) {
        const path = join(directory.path, `${action}-${name}.csv`)
        await writeFile(path, text)
        paths.push(path)
      }
      // One that does: the readers read what they are told to.
      const control = join(directory.path, `control-${name}.csv`)
      await writeFile(control, `a${separator}=1+1${separator}b\r\n`)
      const home = pathToFileURL(join(directory.path, 'profile')).href
      const filter = `--infilter=CSV:${separator.charCodeAt(0)},34,76,1`
      await run(
        'soffice',
        [
          `-env:UserInstallation=${home}`,
          '--headless',
          filter,
          '--convert-to',
          'fods',
          '--outdir',
          directory.path,
          ...paths,
          control,
        ],
        { timeout: 240_000 },
      )
      const formulasIn = async (path: string) =>
        (await readFile(path.replace(/csv$/, 'fods'), 'utf8')).match(/table:formula="[^"]*"/g) ?? []
      expect(await formulasIn(control)).toEqual(['table:formula="of:=1+1"'])
      for (const path of paths) expect(await formulasIn(path)).toEqual([])
    },
    300_000,
  )
})
