import { buffer } from 'node:stream/consumers'
import { parquetMetadata } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestEngine } from '../../../test/harness/engine.ts'
import { readParquet } from '../../../test/harness/read-parquet.ts'
import { testRun } from '../../../test/harness/warehouse.ts'
import type { Column } from './columns.ts'
import type { FileTable } from './file-format.ts'
import { parquet } from './parquet.ts'

let engine: Awaited<ReturnType<typeof startTestEngine>>
beforeAll(async () => {
  engine = await startTestEngine()
})
afterAll(() => engine.stop())

const types: [string, Column['type']][] = [
  ['time', 'time'],
  ['domain', 'text'],
  ['flux', 'integer'],
  ['billed', 'integer'],
  ['share', 'decimal'],
]
const columns = types.map(([name, type]): Column => ({ name, title: { en: name, zh: name }, type, unit: null }))
const cells = types.map(([name, type]) => `${parquet.cell(`raw_${name}`, type, { offsetChanges: false })} AS ${name}`)

/**
 * Rows `from` up to `to` of a table with every kind of value that a report may have; the expected values are computed
 * below.
 */
const sql = `
  SELECT ${cells.join(', ')}
  FROM (
    SELECT
      toDateTime(1788220800 + number * 300, 'Asia/Shanghai') AS raw_time,
      if(number % 7 = 0, '', concat('域名-', toString(number), '.example.com')) AS raw_domain,
      toUInt64(9223372036854775807 - number) AS raw_flux,
      if(number % 3 = 0, NULL, toUInt64(number * 1000003)) AS raw_billed,
      toDecimal128(toString(number % 100) || '.' || leftPad(toString(number % 10000), 4, '0'), 4) AS raw_share
    FROM numbers({from:UInt64}, {to:UInt64} - {from:UInt64})
  )
  FORMAT Parquet`

const expectedRow = (n: number) => [
  new Date((1_788_220_800 + n * 300) * 1000).toISOString(),
  n % 7 === 0 ? '' : `域名-${n}.example.com`,
  2n ** 63n - 1n - BigInt(n),
  n % 3 === 0 ? null : BigInt(n * 1_000_003),
  Number(`${n % 100}.${String(n % 10_000).padStart(4, '0')}`),
]

const slice = (from: number, to: number) =>
  engine.warehouse.bytes(sql, { from, to }, testRun(undefined, parquet.settings))

/** A file of slices that end at these rows. */
async function fileOf(ends: number[]): Promise<Buffer> {
  const slices = (async function* () {
    for (const [i, end] of ends.entries()) yield await slice(ends[i - 1] ?? 0, end)
  })()
  return await write(slices)
}

const write = (slices: FileTable['slices']) =>
  buffer(
    parquet.write([{ title: { en: '', zh: '' }, columns, language: 'en', slices }], () => {
      throw new Error('a Parquet file has nothing to say of itself')
    }),
  )

async function expectRows(file: Buffer, count: number) {
  const { titles, rows } = await readParquet(file)
  expect(titles).toEqual(types.map(([name]) => name))
  expect(rows.length).toBe(count)
  const wrong = rows.findIndex((row, n) => row.join('\0') !== expectedRow(n).join('\0'))
  expect([wrong, rows[wrong]]).toEqual([-1, undefined])
}

describe('a Parquet file of the engine’s slices', () => {
  it.each([
    ['one', [1000]],
    ['one without rows', [0]],
    ['several', [1000, 1001, 5000]],
    ['empty ones among others', [0, 0, 10, 10, 2000, 2000, 2000, 2001, 2001]],
    ['only empty ones', [0, 0, 0]],
    ['many of one row', Array.from({ length: 60 }, (_, n) => n + 1)],
    ['as large as exports have them', [50_000, 100_000, 120_000]],
  ])('has every row of them, and no other: %s', async (_what, ends) => {
    await expectRows(await fileOf(ends), ends.at(-1) ?? 0)
  })

  it('has row groups in order, one behind the other, and before the footer', async () => {
    const file = await fileOf([100, 100, 300, 1000])
    const metadata = parquetMetadata(new Uint8Array(file).buffer)
    expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([100, 200, 700])
    let end = 4
    for (const [ordinal, group] of metadata.row_groups.entries()) {
      expect(group.ordinal ?? ordinal).toBe(ordinal)
      expect(Number(group.file_offset)).toBeGreaterThanOrEqual(end)
      for (const { meta_data: column, file_offset: copyAt } of group.columns) {
        const begin = Number(column?.dictionary_page_offset ?? column?.data_page_offset)
        expect(begin).toBeGreaterThanOrEqual(end)
        expect(Number(copyAt)).toBe(0)
        end = begin + Number(column?.total_compressed_size)
      }
    }
    expect(file.subarray(-4).toString()).toBe('PAR1')
    expect(end).toBeLessThanOrEqual(file.length - 8 - file.readUInt32LE(file.length - 8))
  })

  it('says of its columns what they are', async () => {
    const { schema } = parquetMetadata(new Uint8Array(await fileOf([10])).buffer)
    // A bare INT64 is signed.
    const kinds = schema
      .slice(1)
      .map((one) => [one.name, one.converted_type, one.logical_type?.type, one.repetition_type])
    expect(kinds).toEqual([
      ['time', 'TIMESTAMP_MILLIS', 'TIMESTAMP', 'REQUIRED'],
      ['domain', 'UTF8', 'STRING', 'REQUIRED'],
      ['flux', undefined, undefined, 'REQUIRED'],
      ['billed', undefined, undefined, 'OPTIONAL'],
      ['share', 'DECIMAL', 'DECIMAL', 'REQUIRED'],
    ])
    expect(schema[1]?.logical_type).toMatchObject({ isAdjustedToUTC: true, unit: 'MILLIS' })
  })

  it('tells pandas which integers can be missing, so that they stay integers', async () => {
    const { key_value_metadata: notes } = parquetMetadata(new Uint8Array(await fileOf([10, 30])).buffer)
    expect(notes?.map(({ key }) => key)).toEqual(['pandas'])
    expect(JSON.parse(notes?.[0]?.value ?? '')).toMatchObject({ columns: [{ name: 'billed', numpy_type: 'Int64' }] })
  })

  it.each(['9223372036854775808', '18446744073709551615'])('is none with an integer of %s', async (figure) => {
    for (const type of ['UInt64', 'Nullable(UInt64)']) {
      const asked = `SELECT ${parquet.cell(`CAST('${figure}', '${type}')`, 'integer', { offsetChanges: false })} AS flux FORMAT Parquet`
      await expect(engine.warehouse.bytes(asked, {}, testRun(undefined, parquet.settings))).rejects.toMatchObject({
        code: 'FLUXPORT.0303',
        message: expect.stringContaining('9223372036854775807'),
      })
    }
  })

  it('is the same bytes for the same rows', async () => {
    const [one, other] = [await fileOf([1000, 3000]), await fileOf([1000, 3000])]
    expect(one.equals(other)).toBe(true)
  })
})

async function* inTurn<T>(items: T[]): AsyncGenerator<T> {
  yield* items
}
const asSlice = (bytes: Buffer, rows: number) => ({ stream: inTurn([bytes]), rows })

describe('a Parquet file is an error, and never a short one', () => {
  it.each([
    ['its last byte', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['its footer', (bytes: Buffer) => bytes.subarray(0, -200)],
    ['all', () => Buffer.alloc(0)],
  ])('when a slice lacks %s', async (_what, cut) => {
    const whole = await buffer((await slice(0, 100)).stream)
    await expect(write(inTurn([asSlice(whole, 100), asSlice(cut(whole), 100)]))).rejects.toThrow()
  })

  it('when a slice has other columns than the first', async () => {
    const whole = await buffer((await slice(0, 100)).stream)
    const other = await engine.warehouse.bytes(
      'SELECT 1 AS flux FORMAT Parquet',
      {},
      testRun(undefined, parquet.settings),
    )
    await expect(write(inTurn([asSlice(whole, 100), other]))).rejects.toThrow('columns')
  })

  it('when there is no slice, or one fails', async () => {
    await expect(write(inTurn([]))).rejects.toThrow('a Parquet file has a slice')
    const failing = (async function* () {
      yield asSlice(await buffer((await slice(0, 100)).stream), 100)
      throw new Error('the query failed')
    })()
    await expect(write(failing)).rejects.toThrow('the query failed')
  })
})
