import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cellsBetween, guardedText, parseCsv } from '../../../test/harness/csv.ts'
import { startTestEngine } from '../../../test/harness/engine.ts'
import { readJsonl } from '../../../test/harness/read-jsonl.ts'
import { readParquet } from '../../../test/harness/read-parquet.ts'
import { readXlsx } from '../../../test/harness/read-xlsx.ts'
import { testRun } from '../../../test/harness/warehouse.ts'
import type { Format } from '../../statistics/format-names.ts'
import { formats } from '../../statistics/format-names.ts'
import { zoneParameters } from '../../statistics/zone-offsets.ts'
import type { Column } from '../files/columns.ts'
import { csv } from '../files/csv.ts'
import type { FileFormat } from '../files/file-format.ts'
import { fileFormats } from './formats.ts'

let engine: Awaited<ReturnType<typeof startTestEngine>>
beforeAll(async () => {
  engine = await startTestEngine()
})
afterAll(() => engine.stop())

type Asked = {
  type: Column['type']
  /** SQL of the values, one a row, as `value`. */
  from: string
  parameters?: Record<string, unknown>
  timeZone?: string
  offsetChanges?: boolean
}

/** Range of the tests' times. */
const times = { startTimeMs: Date.UTC(2024, 0), endTimeMs: Date.UTC(2027, 0) }

const noAbout = () => ({ title: 'About', fileTitle: '', dataChangedAtMs: null, lines: [], cutCellsLabel: '' })

const readers: Record<Format, (file: Buffer) => Promise<unknown[][]>> = {
  csv: async (file) => parseCsv(file.toString()).slice(1),
  xlsx: async (file) => (await readXlsx(file))[0]?.rows ?? [],
  parquet: async (file) => (await readParquet(file)).rows,
  jsonl: async (file) => readJsonl(file).rows,
}

/** The values that a reader of the format gets for those asked of the engine. */
async function cellsIn(format: Format, asked: Asked): Promise<unknown[]> {
  const rows = await readers[format](await fileIn(format, asked))
  return rows.map(([cell]) => cell)
}

async function fileIn(format: Format, asked: Asked): Promise<Buffer> {
  return await fileOf(fileFormats[format], asked)
}

async function fileOf(fileFormat: FileFormat, { type, from, parameters = {}, ...asked }: Asked): Promise<Buffer> {
  const { cell, engineFormat, settings, write } = fileFormat
  const shown = cell('value', type, { offsetChanges: asked.offsetChanges ?? false })
  const sql = `SELECT ${shown} AS shown FROM (${from}) FORMAT ${engineFormat}`
  const slice = await engine.warehouse.bytes(
    sql,
    {
      ...zoneParameters(times, asked.timeZone ?? 'UTC'),
      ...parameters,
    },
    testRun(undefined, settings),
  )
  const slices = (async function* () {
    yield slice
  })()
  const columns: Column[] = [{ name: 'shown', title: { en: 'Shown "so"', zh: '所示' }, type, unit: null }]
  return await buffer(write([{ title: { en: 'T', zh: 'T' }, columns, language: 'en', slices }], noAbout))
}

const inHex = (texts: (string | Buffer)[]): Partial<Asked> & Pick<Asked, 'from'> => ({
  from: 'SELECT unhex(arrayJoin({texts:Array(String)})) AS value',
  parameters: { texts: texts.map((text) => Buffer.from(text).toString('hex')) },
})

const someTexts = [
  ...['', ' ', 'a', 'a,b', 'a"b', '""', "it's", 'a;b', 'a\tb', 'a\r\nb', 'a\nb', '\\N', '\\', 'NULL', 'null', 'true'],
  ...['/a;=HYPERLINK(A1,B1);b', 'a|-1+1', 'a\t@b', 'a\n+1', 'a\r\n=1', ';"=1', ';""=1"', 'a;＝1', '; =1', 'a;b|c\td'],
  ...[
    '=1+1',
    '+1',
    '-1',
    '-1.5e3',
    '+.5',
    '-',
    '+',
    '=',
    '@SUM(A1)',
    '-1-1',
    '+1 ',
    '-1\n',
    '--1',
    '-0x1',
    '-1e',
    '1E5',
  ],
  ...['0123', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠a', "'=1", ' =1', '\u0000=1', '\ufeff=1', '\u202e=1'],
  ...[
    '_x0041_',
    '<a href="b">&amp;</a>',
    ']]>',
    '😀',
    '中文',
    '\u2028',
    '\u0085',
    '\u0001',
    '\u001f',
    '\u007f',
    '\ufffe',
  ],
]

describe.each(formats)('%s', (format) => {
  const shown = (text: string) => {
    if (format === 'csv') return guardedText(text)
    // The reader of Parquet removes a byte order mark as its own.
    return format === 'parquet' ? text.replace(/^\ufeff/, '') : text
  }

  it('has texts as they are, but for the apostrophe that CSV puts before what may be a formula', async () => {
    expect(await cellsIn(format, { type: 'text', ...inHex(someTexts) })).toEqual(someTexts.map(shown))
  })

  it('keeps every text as it is', async () => {
    const special = fc.constantFrom(...'=+-@＝＋－＠\t\r\n"\',;\\ 0159eE._x<>&中', '😀', '\u0000', '\ufeff', '\u2028')
    const text = fc.oneof(fc.string({ unit: special, maxLength: 12 }), fc.string({ unit: 'grapheme', maxLength: 12 }))
    const texts = fc.sample(text, { seed: 1, numRuns: 3_000 })
    expect(await cellsIn(format, { type: 'text', ...inHex(texts) })).toEqual(texts.map(shown))
  })

  it('has U+FFFD for bytes that are no UTF-8', async () => {
    const wrong = ['ff', '61c3', 'e4b8', 'eda080', 'f0808080', 'c080'].map((hex) => Buffer.from(hex, 'hex'))
    const cells = await cellsIn(format, { type: 'text', ...inHex(wrong) })
    expect(cells).toEqual(['\ufffd', 'a\ufffd', '\ufffd', '\ufffd', '\ufffd', '\ufffd'])
  })

  it('has the text of a dictionary column', async () => {
    const from = `SELECT toLowCardinality(arrayJoin(['=a', 'b'])) AS value`
    expect(await cellsIn(format, { type: 'text', from })).toEqual(['=a', 'b'].map(shown))
  })

  it('has every digit of an integer', async () => {
    // Parquet has signed integers.
    const most = format === 'parquet' ? '9223372036854775807' : '18446744073709551615'
    const integers = ['0', '1', '999999999999999', '1000000000000000', '9007199254740993', most]
    const cells = await cellsIn(format, {
      type: 'integer',
      from: 'SELECT toUInt64(arrayJoin({integers:Array(String)})) AS value',
      parameters: { integers },
    })
    expect(cells.map(String)).toEqual(integers)
    const isNumber = (cell: unknown) => typeof cell === 'bigint'
    // A workbook's numbers end at 15 digits; CSV has no types.
    const longest = { csv: -1, xlsx: 15, parquet: 20, jsonl: 20 }[format]
    expect(cells.map(isNumber)).toEqual(integers.map((digits) => digits.length <= longest))
  })

  it('has decimals with all their places', async () => {
    const decimals = ['0.0000', '0.0001', '50.0000', '99.9999', '100.0000']
    const from = 'SELECT toDecimal128(arrayJoin({decimals:Array(String)}), 4) AS value'
    const cells = await cellsIn(format, { type: 'decimal', from, parameters: { decimals } })
    expect(cells.map(Number)).toEqual(decimals.map(Number))
    if (format === 'csv') expect(cells).toEqual(decimals)
  })

  it('has nothing where a figure is not known', async () => {
    const from = 'SELECT toNullable(toUInt64(arrayJoin([1, 2, 3]))) AS number, if(number = 2, NULL, number) AS value'
    const cells = await cellsIn(format, { type: 'integer', from })
    expect(cells.map((cell) => (cell === null ? '' : String(cell)))).toEqual(['1', '', '3'])
  })

  it('has times as its zone’s clocks show them, or the instant itself', async () => {
    const from = `SELECT toDateTime(arrayJoin([1788192000, 1772323199, 1709164800]), 'UTC') AS value`
    const cells = await cellsIn(format, { type: 'time', from, timeZone: 'Asia/Kolkata' })
    const local = ['2026-08-31 21:30:00', '2026-03-01 05:29:59', '2024-02-29 05:30:00']
    const instants = [1_788_192_000, 1_772_323_199, 1_709_164_800].map((second) =>
      new Date(second * 1000).toISOString(),
    )
    const offset = local.map((time) => `${time.replace(' ', 'T')}+05:30`)
    expect(cells).toEqual({ csv: local, xlsx: local, parquet: instants, jsonl: offset }[format])
  })

  it.each([
    ['Europe/Berlin', '2026-10-25T00:30:00Z', ['2026-10-25 02:30:00+02:00', '2026-10-25 02:30:00+01:00']],
    ['America/St_Johns', '2026-11-01T03:45:00Z', ['2026-11-01 01:15:00-02:30', '2026-11-01 01:15:00-03:30']],
  ])('tells the hour apart that comes twice in %s', async (timeZone, first, times) => {
    const second = Date.parse(first) / 1000
    const from = `SELECT toDateTime(arrayJoin([${second}, ${second + 3600}]), 'UTC') AS value`
    const cells = await cellsIn(format, { type: 'time', from, timeZone, offsetChanges: true })
    if (format === 'parquet')
      expect(cells.map((cell) => Date.parse(String(cell)))).toEqual([second, second + 3600].map((s) => s * 1000))
    else if (format === 'xlsx') {
      const offsets = await cellsIn(format, { type: 'offset', from, timeZone, offsetChanges: true })
      expect(cells.map((cell, n) => `${cell}${offsets[n]}`)).toEqual(times)
    } else expect(cells).toEqual(format === 'jsonl' ? times.map((time) => time.replace(' ', 'T')) : times)
  })

  it('without rows is a file', async () => {
    expect(await cellsIn(format, { type: 'text', from: `SELECT '' AS value WHERE false` })).toEqual([])
  })
})

describe('CSV', () => {
  it('ends each row in CR LF, quotes text alone, and has a mark before a Chinese header', async () => {
    const english = await fileIn('csv', { type: 'integer', from: 'SELECT 1 AS value' })
    expect(english.toString()).toBe('"Shown ""so"""\r\n1\r\n')
    const text = await fileIn('csv', { type: 'text', from: `SELECT 'a"b' AS value` })
    expect(text.toString()).toBe('"Shown ""so"""\r\n"a""b"\r\n')
    const columns: Column[] = [{ name: 'a', title: { en: 'A', zh: '流量' }, type: 'text', unit: null }]
    const table = { title: { en: '', zh: '' }, columns, language: 'zh' as const, slices: (async function* () {})() }
    const chinese = await buffer(fileFormats.csv.write([table], noAbout))
    expect(chinese.toString()).toBe('\ufeff"流量"\r\n')
  })

  it.each([
    [';', ',', '1234,5000'],
    [';', '.', '1234.5000'],
    ['tab', ',', '1234,5000'],
  ] as const)(
    'with the delimiter %j and the decimal sign %j has fractions that its readers take for such',
    async (delimiter, decimal, shown) => {
      const from = `SELECT toDecimal128('1234.5', 4) AS value`
      const file = await fileOf(csv({ delimiter, decimal, bom: true }), { type: 'decimal', from })
      const [titles, row] = file.toString().split('\r\n')
      expect(titles).toBe('\ufeff"Shown ""so"""')
      expect(row?.replaceAll('"', '')).toBe(shown)
    },
  )

  it('with another delimiter has its texts whole, and no cell that a reader by any of them would run', async () => {
    for (const delimiter of [';', 'tab'] as const) {
      const texts = fc.sample(fc.string({ unit: fc.constantFrom(...'=+-@;,\t|"\n a1'), maxLength: 7 }), {
        seed: 4,
        numRuns: 2_000,
      })
      const form = csv({ delimiter, decimal: '.', bom: null })
      const text = (await fileOf(form, { type: 'text', ...inHex(texts) })).toString()
      const cells = parseCsv(text)
        .slice(1)
        .map(([cell = '']) => cell)
      expect(cells.map((cell) => cell.replaceAll("'", ''))).toEqual(texts)
      for (const cell of cells)
        expect(cell.split(/[,;\t|\n]"*/).filter((part) => /^[=+\-@]/.test(part) && !/^[+-]?1+$/.test(cell))).toEqual([])
    }
  })

  it('separates its cells and titles by the delimiter', async () => {
    const columns = ['a', 'b'].map(
      (name): Column => ({ name, title: { en: name, zh: name }, type: 'integer', unit: null }),
    )
    const form = csv({ delimiter: ';', decimal: ',', bom: false })
    const slice = await engine.warehouse.bytes(
      'SELECT 1 AS a, NULL AS b, 2 AS c FORMAT CSV',
      {},
      testRun(undefined, form.settings),
    )
    const slices = (async function* () {
      yield slice
    })()
    const table = { title: { en: '', zh: '' }, columns, language: 'zh' as const, slices }
    expect((await buffer(form.write([table], noAbout))).toString()).toBe('"a";"b"\r\n1;;2\r\n')
  })

  const risky = fc.constantFrom(...'=+-@＝＋－＠\t\r\n;|"\'1e.a ', ',')
  const someRisky = (seed: number) => fc.sample(fc.string({ unit: risky, maxLength: 7 }), { seed, numRuns: 3_000 })

  it('has no cell that a spreadsheet would run, nor one that was guarded without need', async () => {
    const texts = someRisky(2)
    const cells = await cellsIn('csv', { type: 'text', ...inHex(texts) })
    for (const [n, cell] of cells.entries()) {
      const text = texts[n] ?? ''
      if (/^[=+\-@\t\r\n＝＋－＠]/.test(String(cell)))
        expect(Number.isFinite(Number(cell)), JSON.stringify(cell)).toBe(true)
      if (!/(^|[;\t|\r\n]"*)[=+\-@＝＋－＠]|^[\t\r\n]/.test(text)) expect(cell).toBe(text)
    }
  })

  it.each([';', '\t', '|'])(
    'has none to who separates by %j either, whatever the text before it',
    async (separator) => {
      const file = (await fileIn('csv', { type: 'text', ...inHex(someRisky(3)) })).toString()
      // In a report a figure precedes every text.
      const rows = `${parseCsv(file)
        .map(([cell = ''], n) => `${n},"${cell.replaceAll('"', '""')}",${n}`)
        .join('\r\n')}\r\n`
      const cells = cellsBetween(separator, rows)
      expect(cells.length).toBeGreaterThan(3_000)
      expect(cells.filter((cell) => /^[=+\-@＝＋－＠]/.test(cell))).toEqual([])
    },
  )
})
