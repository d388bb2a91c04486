import { existsSync } from 'node:fs'
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCsv } from '../harness/csv.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { combinedLine, huaweiLine } from '../harness/log-lines.ts'
import { askOracle, generate, hasPython, type Log, loadLog, withoutPython } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const realLog = join(repository, '../shared/data/apache_combined_10k.log.gz')

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeAll(async () => {
  directory = await temporaryDirectory()
})
afterAll(() => directory.remove())

type Range = { startMs: number; endMs: number }

/** A report as the oracle is asked for it. */
function questionOf({ action, ...fields }: Report, range: Range, zone: string): Record<string, string> {
  const flags = Object.entries(fields).map(([name, value]) => [name.replaceAll('_', '-'), String(value)])
  const limits = { 'start-ms': String(range.startMs), 'end-ms': String(range.endMs), 'time-zone': zone }
  return { report: action, ...limits, ...Object.fromEntries(flags) }
}

const rowsOf = (text: string) => parseCsv(text).slice(1)

const exportedRows = async (server: TestServer, range: Range, report: Report) =>
  rowsOf(await server.exportText({ ...report, start_time: range.startMs, end_time: range.endMs, language: 'en' }))

type Report = { action: string } & Record<string, string | number>
const reports: Report[] = [
  { action: 'reports_detail', interval: 300 },
  { action: 'reports_detail', interval: 3600 },
  { action: 'reports_detail', interval: 300, group_by: 'domain' },
  { action: 'reports_detail', interval: 3600, group_by: 'domain' },
  { action: 'top_url_detail', stat_type: 'flux' },
  { action: 'top_url_detail', stat_type: 'req_num' },
  { action: 'top_url_detail', stat_type: 'flux', group_by: 'domain' },
  { action: 'top_url_detail', stat_type: 'req_num', group_by: 'domain' },
]
const named = (report: Report, i: number): [string, Report, number] => [Object.values(report).join(', '), report, i]
const hookMs = 300_000

/** Compares in pieces: a difference of thousands of rows is shown as its first. */
function expectSameRows(product: string[][], expected: string[][]) {
  expect(expected.length).toBeGreaterThan(0)
  const differing = expected.findIndex((row, i) => row.join('\0') !== product[i]?.join('\0'))
  expect(product[differing]).toEqual(expected[differing])
  expect(product.length).toBe(expected.length)
}

function expectSameTotals(batch: Json, totals: Json) {
  expect({
    lines: batch['lines'],
    requests: batch['requests'],
    rejected: batch['rejected_lines'],
    flux_bytes: batch['flux'],
    first_time_ms: batch['first_time'],
    last_time_ms: batch['last_time'],
  }).toEqual(Object.fromEntries(Object.entries(totals).filter(([name]) => name in counted)))
}
const counted = { lines: 0, requests: 0, rejected: 0, flux_bytes: 0, first_time_ms: 0, last_time_ms: 0 }

/** Lines that every parser must get right, or reject, behind the generated ones. */
const oddLines = (format: string, time: string) =>
  format === 'huawei_offline'
    ? huaweiLine({ time, userAgent: 'the "best" one' }) +
      huaweiLine({ time, status: 'x' }) +
      huaweiLine({ time, cache: '-' })
    : ['GET', 'x'].map((word) => combinedLine({ time, path: `/${word}\\"y?a=b` }).replace('GET', word)).join('')

const cases = [
  { format: 'huawei_offline', zone: 'Asia/Shanghai', start: '2025-09-01T00:00:00+08:00', lines: 50_000 },
  { format: 'combined_vhost', zone: 'Asia/Kolkata', start: '2025-09-01T00:00:00+05:30', lines: 50_000 },
  // Clocks go back at 06:00 UTC: the hour from 1 to 2 comes twice.
  { format: 'combined', zone: 'America/New_York', start: '2025-11-02T00:00:00-04:00', lines: 50_000 },
  // And forward at 07:00 UTC: the hour from 2 to 3 does not come.
  { format: 'huawei_offline', zone: 'America/New_York', start: '2025-03-09T00:00:00-05:00', lines: 10_000 },
]

describe.skipIf(!hasPython).each(cases)(
  `$lines lines of $format in $zone from $start, counted twice${withoutPython}`,
  ({ format, zone, start, lines }) => {
    let server: TestServer
    let log: Log
    let answers: string[]
    const startMs = Date.parse(start)
    // Unaligned on both sides, with rows before the first request and behind the last.
    const range = { startMs: startMs - 2_000_001, endMs: startMs + 86_400_000 + 5_000_001 }
    beforeAll(async () => {
      server = await startTestServer({ timeZone: zone })
      const path = join(directory.path, `${format}-${start.replaceAll(':', '')}.log`)
      log = { path, format, ...(format === 'combined' ? { domain: 'www.example.test' } : {}) }
      await generate(log, { lines, start, seed: lines + startMs / 1000 })
      await appendFile(path, `${oddLines(format, '01/Sep/2025:23:59:58 +0530')}\r\nrubbish\n`)
      answers = await askOracle([log], [{ report: 'totals' }, ...reports.map((one) => questionOf(one, range, zone))])
    }, hookMs)
    afterAll(() => server.stop())

    it('has the same totals', async () => {
      expectSameTotals(await loadLog(server, log), JSON.parse(answers[0] ?? '') as Json)
    })

    it.each(reports.map(named))('%s', async (_name, report, i) => {
      expectSameRows(await exportedRows(server, range, report), rowsOf(answers[i + 1] ?? ''))
    })
  },
)

describe.skipIf(!hasPython)(`a log that is loaded in steps, counted twice${withoutPython}`, () => {
  const report: Report = { action: 'reports_detail', interval: 300, group_by: 'domain' }
  const urls: Report = { action: 'top_url_detail', stat_type: 'flux' }
  const startMs = Date.parse('2025-09-05T00:00:00+08:00')
  const range = { startMs, endMs: startMs + 86_400_000 }
  const zone = 'Asia/Shanghai'
  let server: TestServer
  let log: Log
  let content: Buffer
  let expected: string[]
  beforeAll(async () => {
    server = await startTestServer()
    log = { path: join(directory.path, 'steps.log'), format: 'huawei_offline' }
    await generate(log, { lines: 20_000, start: '2025-09-05T00:00:00+08:00', seed: 7 })
    content = await readFile(log.path)
    expected = await askOracle([log], [questionOf(report, range, zone), questionOf(urls, range, zone)])
  }, hookMs)
  afterAll(() => server.stop())

  const compare = async () => {
    for (const [i, one] of [report, urls].entries()) {
      expectSameRows(await exportedRows(server, range, one), rowsOf(expected[i] ?? ''))
    }
  }

  it('is the same when it grew, by whole lines and cut in the middle of one', async () => {
    const middle = Math.floor(content.length / 2)
    const steps = [
      content.indexOf('\n', 100_000) + 1,
      content.indexOf('\n', 200_000) + 40,
      content.indexOf('\n', middle) + 1,
    ]
    for (const end of [...steps, middle + 1_000_001, content.length]) {
      await server.load(content.subarray(0, end), { name: 'steps-grown.log' })
    }
    await compare()
  })

  it('is the same when it was forgotten and loaded again, in whole and in part', async () => {
    const { json } = await server.call('GET', '/api/v1/log-batches?state=loaded&limit=100')
    const batches = json['batches'] as Json[]
    expect(batches.length).toBeGreaterThan(1)
    for (const only of [batches.slice(1, 2), batches]) {
      for (const batch of only) await server.call('DELETE', `/api/v1/log-batches/${batch['batch_id']}`)
      const again = await server.load(content, { name: 'steps-again.log' })
      expect(again.json['state'], again.text).toBe('loaded')
      await compare()
    }
  })
})

const withoutLog = existsSync(realLog) ? '' : ' (skipped: ../shared/data is not there)'
describe.skipIf(!hasPython || withoutLog !== '')(
  `the 10,000 lines of a real server, counted twice${withoutPython}${withoutLog}`,
  () => {
    const log: Log = { path: realLog, format: 'combined', domain: 'real.example.test' }
    const range = { startMs: Date.parse('2015-05-17T00:00:00Z'), endMs: Date.parse('2015-05-22T00:00:00Z') }
    const zone = 'Europe/Berlin'
    let server: TestServer
    let answers: string[]
    beforeAll(async () => {
      server = await startTestServer({ timeZone: zone })
      answers = await askOracle([log], [{ report: 'totals' }, ...reports.map((one) => questionOf(one, range, zone))])
    }, hookMs)
    afterAll(() => server.stop())

    it('have the same totals', async () => {
      expectSameTotals(await loadLog(server, log), JSON.parse(answers[0] ?? '') as Json)
      const copy = join(directory.path, 'real.log')
      await appendFile(copy, gunzipSync(await readFile(realLog)))
      const again = await server.load('', { name: 'unused', path: copy, domain: 'real.example.test' })
      expect(again.json).toMatchObject({ state: 'duplicate' })
    })

    it.each(reports.map(named))('%s', async (_name, report, i) => {
      expectSameRows(await exportedRows(server, range, report), rowsOf(answers[i + 1] ?? ''))
    })
  },
)
