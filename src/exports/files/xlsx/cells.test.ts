import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tabSeparatedCell } from '../../../../test/harness/tab-separated.ts'
import type { Column } from '../columns.ts'
import { cellFormats, columnName, createRowWriter } from './cells.ts'

const columnOf = (type: Column['type']): Column => ({ name: type, title: { en: type, zh: type }, type, unit: null })
const rowOf = (type: Column['type'], ...values: (string | number | null)[]) =>
  createRowWriter(values.map(() => columnOf(type))).row(values.map(tabSeparatedCell), 7)
const cellOf = (type: Column['type'], value: string | number | null) =>
  rowOf(type, value).slice('<row r="7">'.length, -'</row>'.length)
const number = (value: string, format: number = cellFormats.integer) => `<c r="A7" s="${format}"><v>${value}</v></c>`
const text = (value: string, format = 0) =>
  `<c r="A7"${format === 0 ? '' : ` s="${format}"`} t="inlineStr"><is><t>${value}</t></is></c>`

describe('a column’s name', () => {
  it.each([
    [0, 'A'],
    [25, 'Z'],
    [26, 'AA'],
    [51, 'AZ'],
    [52, 'BA'],
    [701, 'ZZ'],
    [702, 'AAA'],
    [16_383, 'XFD'],
  ])('of index %i is %s', (index, name) => {
    expect(columnName(index)).toBe(name)
  })

  it('is another for each column of a sheet, and in order', () => {
    const names = Array.from({ length: 16_384 }, (_, index) => columnName(index))
    const ordered = [...names].sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
    expect(ordered).toEqual(names)
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('a number', () => {
  it.each([
    ['0', '0'],
    [0, '0'],
    [-0, '0'],
    [42, '42'],
    [-42, '-42'],
    ['999999999999999', '999999999999999'],
    ['-999999999999999', '-999999999999999'],
    [999_999_999_999_999, '999999999999999'],
  ])('integer %j is a number', (value, digits) => {
    expect(cellOf('integer', value)).toBe(number(digits))
  })

  it.each([
    ['0.5000', '0.5000'],
    ['-0.0001', '-0.0001'],
    ['100.0000', '100.0000'],
    ['12345678901.2345', '12345678901.2345'],
    ['-12345678901.2345', '-12345678901.2345'],
    [1.5, '1.5'],
  ])('decimal %j is a number', (value, digits) => {
    expect(cellOf('decimal', value)).toBe(number(digits, cellFormats.decimal))
  })

  it.each([
    '1000000000000000',
    '-1000000000000000',
    '9007199254740993',
    '18446744073709551615',
    '115792089237316195423570985008687907853269984665640564039457584007913129639935',
    '123456789012.3456',
  ])('of more than 15 digits is text, as Excel would end it in zeros: %s', (digits) => {
    expect(cellOf('integer', digits)).toBe(text(digits, cellFormats.integer))
    expect(cellOf('decimal', digits)).toBe(text(digits, cellFormats.decimal))
  })

  it.each([
    '1e5',
    '-1.5E3',
    'nan',
    'NaN',
    'inf',
    '-inf',
    'Infinity',
    '',
    '-',
    '+1',
    '.5',
    '1.',
    '0x10',
    '1 000',
    '1,5',
  ])('spelled otherwise is text: %j', (spelled) => {
    expect(cellOf('integer', spelled)).toBe(text(spelled, cellFormats.integer))
  })

  it.each([1e21, 1e15, -1e15, Number.NaN, Number.POSITIVE_INFINITY, 1e-7])('%d is no cell’s number', (value) => {
    expect(cellOf('decimal', value)).toBe(text(String(value), cellFormats.decimal))
  })

  it('of any size has all of its digits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (value) => {
        const isShort = value > -(10n ** 15n) && value < 10n ** 15n
        expect(cellOf('integer', String(value))).toBe(
          isShort ? number(String(value)) : text(String(value), cellFormats.integer),
        )
        if (isShort) expect(cellOf('integer', Number(value))).toBe(number(String(value)))
      }),
    )
  })

  it('that is missing has no cell, and its neighbours keep their columns', () => {
    expect(rowOf('integer', null, 1, null, 2)).toBe(
      '<row r="7"><c r="B7" s="1"><v>1</v></c><c r="D7" s="1"><v>2</v></c></row>',
    )
    expect(rowOf('text', null)).toBe('<row r="7"></row>')
  })
})

describe('a text', () => {
  it.each(['=1+1', "+cmd|' /C calc'!A0", '-2+3', '@SUM(A1)', '1E5', '0123', '-1', 'true', '2026-09-01'])(
    'that a spreadsheet would take for something else stays text: %s',
    (value) => {
      expect(cellOf('text', value)).toBe(text(value))
    },
  )

  it.each(['\\', '\\N', '\\\\', "it's", 'a\tb', 'C:\\new\\table', '\\t'])(
    'is freed of the engine’s escapes: %j',
    (value) => {
      expect(cellOf('text', value)).toBe(text(value))
    },
  )

  it('with space at its ends is to keep it', () => {
    expect(cellOf('text', ' a\n')).toBe('<c r="A7" t="inlineStr"><is><t xml:space="preserve"> a\n</t></is></c>')
  })

  it('that was cut is counted', () => {
    const writer = createRowWriter([columnOf('text'), columnOf('text')])
    writer.row(['a'.repeat(32_767), 'a'.repeat(32_768)], 1)
    writer.row(['a'.repeat(40_000), '\\N'], 2)
    expect(writer.cutCells()).toBe(2)
  })
})

describe('a time', () => {
  const serial = (value: string) => {
    const [, found] = /^<c r="A7" s="3"><v>([\d.]+)<\/v><\/c>$/.exec(cellOf('time', value)) ?? []
    return Number(found)
  }

  it.each([
    ['1900-03-01 00:00:00', 61],
    ['1970-01-01 00:00:00', 25_569],
    ['2000-02-29 12:00:00', 36_585.5],
    ['2023-12-31 00:00:00', 45_291],
    ['2024-02-28 00:00:00', 45_350],
    ['2024-02-29 00:00:00', 45_351],
    ['2024-03-01 00:00:00', 45_352],
    ['2026-02-28 00:00:00', 46_081],
    ['2026-03-01 00:00:00', 46_082],
    ['2100-02-28 06:00:00', 73_109.25],
    ['2100-03-01 00:00:00', 73_110],
    ['9999-12-31 00:00:00', 2_958_465],
  ])('%s is day %d', (value, day) => {
    expect(serial(value)).toBe(day)
  })

  it('is read as the second that it was', () => {
    const seconds = fc.integer({ min: Date.UTC(1900, 2, 1) / 1000, max: Date.UTC(2106, 1, 7) / 1000 })
    fc.assert(
      fc.property(seconds, (second) => {
        const value = new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ')
        expect(Math.round((serial(value) - 25_569) * 86_400)).toBe(second)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['is longer than a clock’s', '2026-10-25 02:00:00+02:00'],
    ['is before 1900-03-01, as Excel has a day there that never was', '1900-02-28 23:59:59'],
    ['is before Excel’s first day', '1899-12-30 00:00:00'],
    ['is none', '2026-13-01 00:00:00'],
    ['is none', '0000-00-00 00:00:00'],
    ['is without seconds', '2026-10-25 02:00'],
    ['is empty', ''],
  ])('is text when it %s: %s', (_why, value) => {
    expect(cellOf('time', value)).toBe(text(value))
  })

  it('is its own in each row, and in each column', () => {
    const writer = createRowWriter([columnOf('time'), columnOf('time')])
    const row = (a: string, b: string) => [...writer.row([a, b], 1).matchAll(/<v>(.*?)<\/v>/g)].map((found) => found[1])
    expect(row('1970-01-02 00:00:00', '1970-01-03 00:00:00')).toEqual(['25570', '25571'])
    expect(row('1970-01-02 00:00:00', '1970-01-02 00:00:00')).toEqual(['25570', '25570'])
    expect(row('not a time at all.', '1970-01-04 00:00:00')).toEqual(['25572'])
  })
})
