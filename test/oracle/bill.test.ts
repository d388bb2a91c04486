import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCsv } from '../harness/csv.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { readJsonl } from '../harness/read-jsonl.ts'
import { readParquet } from '../harness/read-parquet.ts'
import { readXlsx } from '../harness/read-xlsx.ts'
import { readZip } from '../harness/read-zip.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { type Asked, billOf, type Point, type States } from './bill-lines.ts'
import { expectSameRows } from './compare.ts'

/** October has a day of 25 hours here. */
const zone = 'Europe/Berlin'
const startMs = Date.parse('2026-10-01T00:00:00+02:00')
const endMs = Date.parse('2026-11-01T00:00:00+01:00')
const domains = ['late.example.test', 'video.example.test', 'www.example.test']

/** Numbers that look random, the same in each run. */
function* numbers(seed: number): Generator<number> {
  for (let value = seed; ; value = (value * 1_103_515_245 + 12_345) % 2 ** 31) yield value / 2 ** 31
}

/** One request in most buckets; `late` begins on the 10th, and `www` is without a word for two days. */
function pointsOfMonth(): Point[] {
  const random = numbers(12)
  const next = () => random.next().value as number
  const points: Point[] = []
  for (let second = startMs / 1000; second < endMs / 1000 + 86_400; second += 300)
    for (const domain of domains) {
      const isSilent = next() < 0.2
      const bytes = BigInt(Math.floor(next() ** 4 * 4_000_000_000))
      const day = (second - startMs / 1000) / 86_400
      if (isSilent || (domain === 'late.example.test' && day < 9.2)) continue
      if (domain === 'www.example.test' && day > 15 && day < 17) continue
      points.push({ domain, second: second + 7, bytes })
    }
  return points
}

const lineOf = ({ domain, second, bytes }: Point) => {
  const [, day, month, year, time] = new Date(second * 1000).toUTCString().split(' ')
  return `${domain} 203.0.113.9 - - [${day}/${month}/${year}:${time} +0000] "GET /a HTTP/1.1" 200 ${bytes} "-" "-"\n`
}

const request: Json = { action: 'bill', start_date: '2026-10-01', end_date: '2026-11-01', service_area: 'global' }
const requests: Json[] = [
  { ...request, format: 'csv', compression: 'none', language: 'en' },
  { ...request, format: 'csv', language: 'zh' },
  { ...request, format: 'xlsx', language: 'en' },
  { ...request, format: 'parquet', compression: 'none', language: 'en' },
  { ...request, format: 'jsonl', compression: 'none', language: 'en' },
  { ...request, format: 'csv', compression: 'none', language: 'en', end_date: '2026-11-20' },
]

/** Times are dates, whose offsets have a column of their own; decimals have no zeros at their end. */
function workbookCells(text: string): string[] {
  if (/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[-+]/.test(text)) return [text.slice(0, 19), text.slice(19)]
  return /^\d+\.\d{4}$/.test(text) ? [String(Number(text))] : [text]
}

describe('a bill, counted twice', () => {
  let server: TestServer
  let taskIds: string[]
  let expected: ReturnType<typeof billOf>
  let expectedOfMore: ReturnType<typeof billOf>
  beforeAll(async () => {
    server = await startTestServer({ timeZone: zone })
    const points = pointsOfMonth()
    for (const domain of domains) {
      const own = points.filter((point) => point.domain === domain)
      const middle = startMs / 1000 + 16 * 86_400
      const parts = [own.filter(({ second }) => second < middle), own.filter(({ second }) => second >= middle)]
      for (const [n, part] of parts.entries())
        await server.load(part.map(lineOf).join(''), {
          ...{ name: `${domain}-${n}.log`, format: 'combined_vhost' },
          source: domain === 'www.example.test' ? `edge-${n}` : domain,
        })
    }
    const account = 'default'
    const asked: Asked = {
      ...{ zone, startMs, endMs, discard: 5, overhead: 10 },
      series: [...domains.map((name) => ({ account, name, domains: [name] })), { account, name: 'Total', domains }],
    }
    expected = billOf(asked, points, await statesOf(server, endMs))
    const more = { ...asked, endMs: Date.parse('2026-11-20T00:00:00+01:00') }
    expectedOfMore = billOf(more, points, await statesOf(server, more.endMs))
    taskIds = await createAll(server, requests)
  }, 120_000)
  afterAll(() => server.stop())

  const exported = async (n: number) => (await exportedBy(server, taskIds[n] ?? '')).files
  const csvRows = (bytes: Buffer | undefined) => parseCsv((bytes ?? '').toString().replace(/^\ufeff/, '')).slice(1)

  it('has states of each kind, so that the figures below are of them', () => {
    expect(new Set(expected.points.flat().map((row) => row.at(-1)))).toEqual(
      new Set(['missing', 'provisional', 'reported']),
    )
    expect(expected.cover.some((row) => row[8] !== row[10])).toBe(true)
  })

  it('has every line of the cover', async () => {
    const [cover] = await exported(0)
    expectSameRows(csvRows(cover?.bytes), expected.cover)
  })

  it('has every point, with its rank among the discarded ones', async () => {
    const files = await exported(0)
    expectSameRows(csvRows(files[3]?.bytes), expected.points.flat())
  })

  it('has the buckets of each day, and each gap', async () => {
    const files = await exported(0)
    const days = csvRows(files[1]?.bytes)
    expect(days).toHaveLength(31 * domains.length)
    const sum = (rows: string[][], column: number) => rows.reduce((total, row) => total + Number(row[column]), 0)
    const states = expected.points.slice(0, domains.length).flat()
    for (const [n, state] of ['final', 'reported', 'provisional', 'refused', 'missing'].entries())
      expect(sum(days, 3 + n), state).toBe(states.filter((row) => row.at(-1) === state).length)
    expect(
      days
        .filter((row) => row[2] === '2026-10-25')
        .map((row) => [3, 4, 5, 6, 7].reduce((total, column) => total + sum([row], column), 0)),
    ).toEqual([300, 300, 300])
    expect(sum(csvRows(files[2]?.bytes), 5)).toBe(
      states.filter((row) => !['final', 'reported'].includes(row.at(-1) ?? '')).length,
    )
  })

  it('is of the asked part of each month', async () => {
    const files = await exported(5)
    expectSameRows(csvRows(files[0]?.bytes), expectedOfMore.cover)
  })

  it('is one archive of all tables, unless it is told otherwise', async () => {
    const { json } = await server.call('GET', `/api/v1/export-tasks/${taskIds[1]}`)
    const [file] = json['files'] as { name: string; download_link: string }[]
    const archive = await readZip(Buffer.from(await (await fetch(file?.download_link ?? '')).arrayBuffer()))
    const base = 'bill_20261001T000000_20261101T000000'
    expect([...archive.keys()]).toEqual(['', '_completeness', '_gaps', '_points'].map((table) => `${base}${table}.csv`))
    expect(csvRows(archive.get(`${base}.csv`)).map((row) => row[4])).toEqual(expected.cover.map((row) => row[4]))
    expect(file?.name).toBe(`${base}.csv.zip`)
  })

  it('is a workbook with a sheet for each domain', async () => {
    const [workbook] = await exported(2)
    const sheets = await readXlsx(workbook?.bytes ?? Buffer.alloc(0))
    expect(sheets.map(({ name }) => name)).toEqual(['Bill', 'About', 'Completeness', 'Gaps', 'Total', ...domains])
    const pointsOfTabs = [...expected.points.slice(-1), ...expected.points.slice(0, -1)]
    for (const [n, rows] of [expected.cover, ...pointsOfTabs].entries()) {
      const sheet = sheets[n === 0 ? 0 : n + 3]
      const cells = sheet?.rows.map((row) => row.map((cell) => String(cell ?? '')))
      expectSameRows(
        cells ?? [],
        rows.map((row) => row.flatMap(workbookCells)),
      )
    }
  })

  it.each([
    ['parquet', 3, readParquet],
    ['jsonl', 4, readJsonl],
  ] as const)('has the same figures as %s', async (_format, n, read) => {
    const files = await exported(n)
    const [cover, , , points] = await Promise.all(files.map(({ bytes }) => read(bytes)))
    const column = (name: string) => cover?.titles.indexOf(name) ?? -1
    const shown = cover?.rows.map((row) => [row[column('flux')], row[column('percentile_at_peak')]].map(String))
    expect(shown).toEqual(expected.cover.map((row) => [row[4], row[10]]))
    expect(points?.rows).toHaveLength(expected.points.flat().length)
  })

  it.each([
    [{ interval: 3600 }, 'interval'],
    [{ start_date: '2026-01-01', end_date: '2026-10-01' }, 'interval'],
    [{ isp: 'dianxin' }, 'isp'],
  ])('refuses %j, and names what is wrong', async (wrong, parameter) => {
    const { status, text } = await server.call('POST', '/v1/cdn/statistics/export-tasks', { ...request, ...wrong })
    expect([status, text.includes(parameter)], text).toEqual([400, true])
  })
})

async function statesOf(server: TestServer, untilMs: number): Promise<States> {
  const found: States = new Map()
  for (const domain of domains) {
    const query = `domain_name=${domain}&start_time=${startMs}&end_time=${untilMs}&interval=300&limit=10000`
    const { json } = await server.call('GET', `/api/v1/coverage?${query}`)
    const ranges = json['ranges'] as { start_time: number; end_time: number; state: string }[]
    found.set(
      domain,
      ranges.map(({ start_time, end_time, state }) => ({ startMs: start_time, endMs: end_time, state })),
    )
  }
  return found
}
