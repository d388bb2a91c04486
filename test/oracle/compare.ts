import { expect } from 'vitest'
import { guardedText, parseCsv } from '../harness/csv.ts'
import type { Exported } from '../harness/exports.ts'
import { askOracle, type Log, type Question } from '../harness/oracle.ts'
import { readJsonl } from '../harness/read-jsonl.ts'
import { readParquet } from '../harness/read-parquet.ts'
import type { Cell, ReadTable } from '../harness/read-table.ts'
import { readXlsx } from '../harness/read-xlsx.ts'
import type { Json } from '../harness/requests.ts'
import { type Column, offsetOf, type Table, tablesOf } from './columns.ts'

export type Format = 'csv' | 'xlsx' | 'parquet' | 'jsonl'
export const formats: Format[] = ['csv', 'xlsx', 'parquet', 'jsonl']

/** What a create says that the oracle must know; a bill is of whole traffic, and lists alone are ranked. */
const fieldsOf = (action: string) => [
  ...(action === 'billing_summary' ? [] : ['group_by', 'country', 'province', 'isp']),
  // What has names in its cells.
  ...(['billing_summary', 'isp_detail'].includes(action) ? ['language'] : []),
  ...['service_area', 'interval'],
  ...(action.startsWith('top_') ? ['stat_type', 'limit'] : []),
]

/** The rows of each create's tables. @param facts that the oracle needs of the server and its logs: zone, rule, places */
export async function answersTo(logs: Log[], requests: Json[], facts: Question): Promise<string[][]> {
  const questions = requests.map((request) => questionsOf(request, facts).map((one) => JSON.stringify(one)))
  const different = [...new Set(questions.flat())]
  const answers = await askOracle(
    logs,
    different.map((one) => JSON.parse(one) as Question),
  )
  const answerOf = new Map(different.map((one, i) => [one, answers[i] ?? '']))
  return questions.map((ofRequest) => ofRequest.map((one) => answerOf.get(one) ?? ''))
}

function questionsOf(request: Json, facts: Question): Question[] {
  const { action, start_time, end_time, domain_name } = request
  const given = fieldsOf(String(action)).filter((name) => request[name] !== undefined)
  const flags = given.map((name) => [name.replaceAll('_', '-'), String(request[name])])
  const range = { 'start-ms': String(start_time), 'end-ms': String(end_time) }
  return tablesOf(request).map(({ question }) => ({
    report: question,
    'service-area': 'mainland_china',
    offsets: 'always',
    ...facts,
    ...range,
    ...(domain_name === undefined ? {} : { domains: String(domain_name) }),
    ...Object.fromEntries(flags),
  }))
}

/** Whether the zone's clocks change between two instants, at most once. */
const clocksChange = (startMs: number, endMs: number, zone: string) =>
  offsetAt(startMs, zone) !== offsetAt(endMs - 1, zone)

const offsetAt = (timeMs: number, timeZone: string) =>
  new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(timeMs)
    .find((part) => part.type === 'timeZoneName')?.value

/** Every cell of a task's files is what the oracle has, as the format writes it, under the titles of the language. */
export async function expectExported(
  exported: Exported,
  request: Json,
  zone: string,
  answers: string[],
): Promise<void> {
  const format = request['format'] as Format
  const withOffsets = clocksChange(Number(request['start_time']), Number(request['end_time']), zone)
  const tables = tablesOf(request)
  const read = await readTables(exported, format, request, tables)
  for (const [i, table] of tables.entries()) {
    const { columns, rows: expected } = asFormatHasIt(format, table, parseCsv(answers[i] ?? '').slice(1), withOffsets)
    const { titles, rows } = read[i] ?? { titles: [], rows: [] }
    const shown = columns.map((column) => writerOf(format, column, withOffsets))
    // Without a row there is no key to read.
    if (format !== 'jsonl' || expected.length > 0) expect(titles).toEqual(titlesOf(columns, format, request))
    const cells = expected.map((row) => row.map((text, at) => shown[at]?.(text) ?? null))
    const total = format === 'xlsx' && table.isSummed ? totalOf(columns, expected, request) : []
    expectSameRows(rows, [...cells, ...total])
    expect(exported.files.reduce((sum, file) => sum + file.rows, 0)).toBe(exported.task['rows'])
  }
}

/** In a workbook the offset of a time is a cell of its own, where clocks change. */
function asFormatHasIt(format: Format, { columns }: Table, rows: string[][], withOffsets: boolean) {
  if (format !== 'xlsx' || !withOffsets) return { columns, rows }
  const isTime = columns.map(({ type }) => type === 'time')
  return {
    columns: columns.flatMap((column) => (column.type === 'time' ? [column, offsetOf(column)] : [column])),
    rows: rows.map((row) => row.flatMap((text, at) => (isTime[at] ? [text.slice(0, 19), text.slice(19)] : [text]))),
  }
}

/** An empty row, and the exact sums of a table's columns: none of a rate, nor of what some rows with figures lack. */
function totalOf(columns: Column[], rows: string[][], request: Json): Cell[][] {
  if (rows.length === 0) return []
  const isSummed = columns.map(({ type, name }) => type === 'integer' && !name.endsWith('bandwidth'))
  const withFigures = rows.filter((row) => row.some((text, at) => isSummed[at] && text !== ''))
  const sums = columns.map((_, at) => {
    if (!isSummed[at] || withFigures.some((row) => row[at] === '')) return null
    const sum = withFigures.reduce((total, row) => total + BigInt(row[at] ?? ''), 0n)
    return String(sum).length > 15 ? String(sum) : sum
  })
  const word = request['language'] === 'en' ? 'Total' : '合计'
  return [columns.map(() => null), [word, ...sums.slice(1)]]
}

async function readTables({ files }: Exported, format: Format, request: Json, tables: Table[]): Promise<ReadTable[]> {
  const suffix = { none: '', gzip: '.gz', zip: '.zip' }[String(request['compression'] ?? 'none')]
  const ofFile = format === 'xlsx' ? tables.slice(0, 1) : tables
  const names = ofFile.map(({ fileSuffix }) => `${request['action']}${fileSuffix}.${format}${suffix}`)
  expect(files.map(({ name }) => name.replace(/(_\d{8}T\d{6}){2}/, ''))).toEqual(names)
  if (format === 'xlsx') return await readSheets(files[0]?.bytes ?? Buffer.alloc(0), request, tables)
  return await Promise.all(files.map(({ bytes }) => readers[format](bytes, request)))
}

const readers = {
  csv: (bytes: Buffer, request: Json): ReadTable => {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    // Excel reads Chinese titles only behind one.
    expect(text.startsWith('\ufeff')).toBe(request['language'] !== 'en')
    const [titles = [], ...rows] = parseCsv(text.replace(/^\ufeff/, ''))
    return { titles, rows }
  },
  jsonl: (bytes: Buffer): ReadTable => readJsonl(bytes),
  parquet: (bytes: Buffer): Promise<ReadTable> => readParquet(bytes),
}

async function readSheets(bytes: Buffer, request: Json, tables: Table[]): Promise<ReadTable[]> {
  const sheets = await readXlsx(bytes)
  const language = request['language'] === 'en' ? 'en' : 'zh'
  const [main, ...more] = tables.map((table) => table[language])
  expect(sheets.map((sheet) => sheet.name)).toEqual([main, { en: 'About', zh: '说明' }[language], ...more])
  return sheets.filter((_, i) => i !== 1)
}

const titlesOf = (columns: Column[], format: Format, request: Json) =>
  columns.map((column) =>
    format === 'csv' || format === 'xlsx' ? column[request['language'] === 'en' ? 'en' : 'zh'] : column.name,
  )

/** From the oracle's text, whose times carry their offset, to the cell that a reader of the format must see. */
function writerOf(format: Format, { type }: Column, withOffsets: boolean): (text: string) => Cell {
  if (type === 'text' || type === 'offset') return textWriters[format]
  if (type === 'time') return orNull(format, (text) => timeText(format, text, withOffsets))
  return orNull(format, (text) => {
    const isTooLong = text.replace(/\D/g, '').length > 15
    if (format === 'csv' || (format === 'xlsx' && isTooLong)) return text
    return type === 'integer' ? BigInt(text) : Number(text)
  })
}

const orNull = (format: Format, write: (text: string) => Cell) => (text: string) =>
  text === '' && format !== 'csv' ? null : text === '' ? '' : write(text)

function timeText(format: Format, text: string, withOffsets: boolean): string {
  if (format === 'parquet') return new Date(text).toISOString()
  if (format === 'jsonl') return text.replace(' ', 'T')
  return format === 'csv' && withOffsets ? text : text.slice(0, 19)
}

const cellLengthMax = 32_767
const cutMark = '…[cut]'

/** Never between the halves of a surrogate pair. */
function cutText(text: string): string {
  if (text.length <= cellLengthMax) return text
  return text.slice(0, cellLengthMax - cutMark.length).replace(/[\ud800-\udbff]$/, '') + cutMark
}

const textWriters: Record<Format, (text: string) => Cell> = {
  csv: guardedText,
  xlsx: cutText,
  parquet: (text) => text,
  jsonl: (text) => text,
}

/** Compares in pieces: a difference of thousands of rows is shown as its first. */
export function expectSameRows(product: Cell[][], expected: Cell[][]): void {
  const key = (row: Cell[] | undefined) => row?.map((cell) => `${typeof cell} ${cell}`).join('\0')
  const differing = expected.findIndex((row, i) => key(row) !== key(product[i]))
  expect(product[differing], `row ${differing}`).toEqual(expected[differing])
  expect(product.length).toBe(expected.length)
}
