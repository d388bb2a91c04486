import { afterAll, beforeAll, expect, it } from 'vitest'
import { newTenant, theHour } from '../harness/customers.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { readXlsx } from '../harness/read-xlsx.ts'
import { expectError, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const www = 'www.example.test'
const start = theHour.start_time
const line = (minute: number, bytes: number, more: object = {}) =>
  huaweiLine({ time: `01/Sep/2026:08:${String(minute).padStart(2, '0')}:00 +0800`, bytes, domain: www, ...more })

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  const log = [
    line(0, 3_000, { path: '/a\\b' }),
    line(1, 4_500, { status: 404, cache: 'MISS', path: '/b' }),
    line(31, 9_000, { domain: 'img.example.test', path: '/=1+1' }),
  ]
  const { json } = await server.load(log.join(''), { name: 'a.log', format: 'huawei_offline' })
  expect(json['state']).toBe('loaded')
})
afterAll(() => server.stop())

const hour = `start_time=${start}&end_time=${theHour.end_time}&domain_name=all`
/** Each asks with a key of its own account or by its own operation: there are five at once. */
const get = (target: string, key: Key = server.credentials) =>
  sendSigned(server, { target: `/v1.0/cdn/statistics/${target}`, key })
async function sheetsOf(target: string) {
  const got = await get(target)
  expect(got.status, got.text).toBe(200)
  expect(got.headers['content-type']).toBe('application/octet-stream')
  expect(got.bytes.subarray(0, 2).toString()).toBe('PK')
  const plain = (cell: unknown) => (typeof cell === 'bigint' ? Number(cell) : cell)
  const sheets = (await readXlsx(got.bytes)).map((sheet) => ({
    ...sheet,
    rows: sheet.rows.map((row) => row.map(plain)),
  }))
  return { sheets, disposition: got.headers['content-disposition'] }
}

it('has figures by bucket, with their sums, in either language', async () => {
  const { sheets, disposition } = await sheetsOf(
    `statistics-excel?${hour}&service_area=global&excel_type=excel_type_usage&excel_language=en-us`,
  )
  expect(disposition).toBe('attachment; filename="excel_type_usage_2026-09-01_2026-09-01.xlsx"')
  const [sheet, about] = sheets
  expect(sheet?.titles).toEqual(['Time', 'Traffic (byte)', 'Peak bandwidth (bit/s)'])
  expect(sheet?.rows.slice(0, 2)).toEqual([
    ['2026-09-01 08:00:00', 7_500, 200],
    ['2026-09-01 08:05:00', 0, 0],
  ])
  expect(sheet?.rows.slice(6, 7)).toEqual([['2026-09-01 08:30:00', 9_000, 240]])
  expect(sheet?.rows.at(-1)).toContain(16_500)
  expect(about?.rows).toContainEqual(['Time zone', 'UTC+08:00'])
  const access = (await sheetsOf(`statistics-excel?${hour}&service_area=global&excel_type=excel_type_access`)).sheets[0]
  expect(access?.titles).toEqual(['时间', '请求数', '命中次数', '命中流量 (byte)'])
  expect(access?.rows[0]).toEqual(['2026-09-01 08:00:00', 2, 1, 3_000])
  const codes = await sheetsOf(
    `statistics-excel?${hour}&service_area=global&interval=3600&excel_type=excel_type_http_code&excel_language=en`,
  )
  expect(codes.sheets[0]?.rows[0]).toEqual(['2026-09-01 08:00:00', 2, 0, 1, 0])
  const origin = await sheetsOf(`statistics-excel?${hour}&service_area=global&excel_type=excel_type_origin`)
  expect(origin.sheets[0]?.rows).toHaveLength(12)
  expect(origin.sheets[0]?.rows[0]?.slice(1).every((cell) => cell === undefined || cell === '' || cell === null)).toBe(
    true,
  )
})

it('has rows of places, and the top URLs as they were logged', async () => {
  const carriers = await sheetsOf(`region-carrier-excel?${hour}&excel_type=excel_type_carrier&excel_language=en`)
  expect(carriers.sheets[0]?.titles).toEqual(['Carrier', 'Traffic (byte)', 'Peak bandwidth (bit/s)', 'Requests'])
  expect(carriers.sheets[0]?.rows[0]).toEqual(['Others', 16_500, 240, 3])
  const regions = await sheetsOf(`region-carrier-excel?${hour}&excel_type=excel_type_region&country=cn`)
  expect(regions.sheets[0]?.rows).toEqual([])
  const top = await sheetsOf(
    `region-carrier-excel?start_time=${start}&end_time=${start + 1}&domain_name=all&excel_type=excel_type_top_url&excel_language=en`,
  )
  const byTraffic = top.sheets.find(({ name }) => name === 'By traffic')
  expect(byTraffic?.rows.slice(0, 3)).toEqual([
    ['img.example.test/=1+1', 9_000, 1],
    [`${www}/b`, 4_500, 1],
    [`${www}/a\\b`, 3_000, 1],
  ])
  expect(top.sheets.map(({ name }) => name)).toContain('By requests')
})

it('is refused for what does not go together; ten a minute, and five at once, are an account’s', async () => {
  const tenants = await Promise.all(['x', 'y', 'z'].map((name) => newTenant(server, `books-${name}`)))
  const [one, two, three] = tenants.map(({ key }) => key)
  for (const [key, code, query] of [
    [one, 'CDN.0001', 'excel_type=excel_type_region'],
    [one, 'CDN.0001', 'excel_type=excel_type_carrier&country=cn&region=beijing'],
    [one, 'CDN.0001', 'excel_type=excel_type_usage&region=beijing'],
    [one, 'CDN.0001', 'excel_type=excel_type_country&carrier=dianxin'],
    [one, 'CDN.0001', ''],
    [two, 'CDN.0001', 'excel_type=excel_type_usage&excel_language=fr'],
    [two, 'CDN.0203', 'excel_type=excel_type_usage&interval=60'],
  ] as const)
    expectError(await get(`region-carrier-excel?${hour}&${query}`, key), 400, code)
  const asked = Array.from({ length: 6 }, () => get(`statistics-excel?${hour}&excel_type=excel_type_usage`, three))
  const statuses = (await Promise.all(asked)).map(({ status }) => status)
  expect(statuses.sort()).toEqual([200, 200, 200, 200, 200, 429])
})
