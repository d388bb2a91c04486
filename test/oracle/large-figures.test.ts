import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseExactJson } from '../../src/exact-json.ts'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { hasPython, type Log, loadLog, withoutPython } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { answersTo, expectExported, formats } from './compare.ts'

const zone = 'Asia/Shanghai'
const lineMax = 2n ** 50n
const loadMax = 2n ** 63n - 1n
const start = Date.parse('2026-09-01T08:00:00+08:00')

/** Bytes of a domain, and of how many files, as a file holds less than 2^63. */
type Sum = { domain: string; bytes: bigint }
const around = (power: bigint): Sum[] =>
  [-1n, 0n, 1n].map((more) => ({ domain: `p${power}-${more + 1n}.example.test`, bytes: 2n ** power + more }))
const held: Sum[] = [
  ...[53n, 60n].flatMap(around),
  ...around(63n).slice(0, 2),
  { domain: 'most.example.test', bytes: 2n ** 64n - 1n },
]
const tooMuch: Sum[] = [{ domain: 'over.example.test', bytes: 2n ** 64n }]

let server: TestServer
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let logs: Log[]
const batchOf = new Map<string, number>()
let files = 0

/** Writes a domain's bytes as lines of at most a petabyte, to as many files as they need. */
async function writeLogs({ domain, bytes }: Sum): Promise<Log[]> {
  const written: Log[] = []
  for (let left = bytes; left > 0n; ) {
    const path = join(directory.path, `large-${++files}.log`)
    const stream = createWriteStream(path)
    let room = loadMax
    for (let line = 0; left > 0n && room > 0n; line++) {
      const of = [left, room, lineMax].reduce((least, one) => (one < least ? one : least))
      stream.write(huaweiLine({ domain, bytes: String(of), path: `/${files}/${line % 7}` }))
      left -= of
      room -= of
    }
    stream.end()
    await once(stream, 'close')
    written.push({ path, format: 'huawei_offline' })
  }
  return written
}

const range = { start_time: start, end_time: start + 3_600_000, service_area: 'global', language: 'en' }
const month = { ...range, start_time: start - 86_400_000, end_time: start + 86_400_000 }
const names = (sums: Sum[]) => sums.map(({ domain }) => domain).join()
const asked: Json[] = [
  { action: 'reports_detail', ...range, interval: 300, group_by: 'domain' },
  { action: 'reports_detail', ...range, interval: 3600, group_by: 'domain' },
  { action: 'isp_detail', ...range, interval: 3600, group_by: 'domain' },
  { action: 'isp_detail', ...range, interval: 300, group_by: 'domain' },
  { action: 'top_url_detail', ...range, group_by: 'domain', limit: 5, stat_type: 'flux' },
  { action: 'top_path_detail', ...month, group_by: 'domain', limit: 5, stat_type: 'flux' },
  { action: 'top_ua_detail', ...range, group_by: 'domain', limit: 5, stat_type: 'flux' },
  { action: 'top_referer_detail', ...range, group_by: 'domain', limit: 5, stat_type: 'flux' },
  { action: 'top_ip_detail', ...range, group_by: 'domain', limit: 5, stat_type: 'flux' },
]
/** Columns of Parquet are signed. */
const heldBy = (format: string) => (format === 'parquet' ? held.filter(({ bytes }) => bytes <= loadMax) : held)
const requests = asked.flatMap((request) =>
  formats.map((format): Json => ({ ...request, format, domain_name: names(heldBy(format)) })),
)

/** A bill has a row for all together, which few of them fit. */
const bills = formats.map(
  (format): Json => ({
    ...{ action: 'billing_summary', ...month, format },
    domain_name: names([...around(53n), ...around(60n), ...(format === 'parquet' ? [] : around(63n).slice(0, 1))]),
  }),
)
const facts = { 'time-zone': zone, 'overhead-percent': '10', 'discard-percent': '5' }

async function ended(request: Json): Promise<{ state: unknown; error: unknown }> {
  const [id = ''] = await createAll(server, [request])
  for (;;) {
    const { json } = await server.call('GET', `/api/v1/export-tasks/${id}`)
    if (['success', 'fail'].includes(String(json['state']))) return { state: json['state'], error: json['error'] }
    await delay(30)
  }
}

describe.skipIf(!hasPython)(`figures at their edges, counted twice${withoutPython}`, () => {
  beforeAll(async () => {
    directory = await temporaryDirectory()
    server = await startTestServer({ timeZone: zone, billingOverheadPercent: '10', billingDiscardPercent: '5' })
    logs = []
    for (const sum of [...held, ...tooMuch]) {
      for (const log of await writeLogs(sum)) {
        logs.push(log)
        batchOf.set(sum.domain, Number((await loadLog(server, log))['batch_id']))
      }
    }
  }, 180_000)
  afterAll(async () => {
    await server.stop()
    await directory.remove()
  })

  it('are exact in every format of every report', async () => {
    const all = [...requests, ...bills]
    const answers = await answersTo(logs, all, facts)
    const ids = await createAll(server, all)
    for (const [i, request] of all.entries())
      await expectExported(await exportedBy(server, ids[i] ?? ''), request, zone, answers[i] ?? [])
  }, 300_000)

  it.each([
    ['reports_detail', 'over.example.test'],
    ['reports_detail', 'p63-1.example.test,most.example.test'],
    ['isp_detail', 'over.example.test'],
    ['top_ua_detail', 'over.example.test'],
    ['top_ip_detail', 'over.example.test'],
    ['billing_summary', 'over.example.test'],
    // Its traffic fits, and with the overhead it does not.
    ['billing_summary', 'most.example.test'],
  ])('fail %s of %s in every format instead of going round', async (action, domains) => {
    for (const format of formats) {
      const request = { ...(action === 'billing_summary' ? month : range), action, format, domain_name: domains }
      expect(await ended(request)).toEqual({
        state: 'fail',
        error: expect.objectContaining({
          error_code: 'FLUXPORT.0303',
          error_msg: expect.stringMatching(
            format === 'parquet' ? /18446744073709551615|9223372036854775807/ : /18446744073709551615/,
          ),
        }),
      })
    }
  })

  it.each([
    ['reports_detail', 'p63-1.example.test'],
    ['isp_detail', 'p63-1.example.test'],
    ['top_ua_detail', 'most.example.test'],
    ['billing_summary', 'p63-0.example.test'],
  ])('fail %s of %s in Parquet, whose integers are signed', async (action, domains) => {
    const request = { ...(action === 'billing_summary' ? month : range), action, format: 'parquet' }
    expect(await ended({ ...request, domain_name: domains })).toEqual({
      state: 'fail',
      error: expect.objectContaining({
        error_code: 'FLUXPORT.0303',
        error_msg: expect.stringContaining('9223372036854775807'),
      }),
    })
  })

  it('give exact shares of a total that no column could hold', async () => {
    const text = await server.exportText({ ...range, action: 'top_url_detail', domain_name: 'over.example.test' })
    const shares = text
      .split('\r\n')
      .slice(1, -1)
      .map((line) => Number(line.split(',').at(-1)))
    expect(shares.length).toBeGreaterThan(7)
    expect(shares.reduce((sum, one) => sum + one, 0)).toBeCloseTo(100, 2)
  })

  it.each([
    [2n ** 63n - 1n, 'loaded', null],
    [2n ** 63n, 'failed', 'FLUXPORT.0303'],
    [2n ** 64n - 1n, 'failed', 'FLUXPORT.0303'],
    [2n ** 64n, 'failed', 'FLUXPORT.0303'],
    [2n ** 64n + 1n, 'failed', 'FLUXPORT.0303'],
  ])('end a load of %s bytes as %s: %s %s', async (bytes, state, code) => {
    const domain = `one-load-${bytes}.example.test`
    const lines = Array.from({ length: Number(bytes / lineMax) }, (_, i) =>
      huaweiLine({ domain, bytes: String(lineMax), path: `/${i}` }),
    )
    const rest = huaweiLine({ domain, bytes: String(bytes % lineMax), path: '/rest' })
    const { json, text } = await server.load(lines.join('') + rest, { name: `${domain}.log` })
    const batch = code === null ? json : await batchNamed(`${domain}.log`)
    expect(batch['state'], text).toBe(state)
    expect((batch['error'] as Json | null)?.['error_code'] ?? null).toBe(code)
    const [rows] = await server.warehouse.rows<{ rows: number }>(
      `SELECT count() AS rows FROM usage WHERE domain = {domain:String}`,
      { domain },
    )
    if (code === null) expect(rows?.rows).toBe(1)
    // Its name is no domain's: nothing counted.
    else expect((await server.call('GET', '/api/v1/domains')).text).not.toContain(domain)
  })

  it.each([...held.filter(({ bytes }) => bytes <= loadMax)])(
    'stand in the API and on the terminal: $bytes',
    async ({ domain, bytes }) => {
      const id = batchOf.get(domain)
      const shown = await server.call('GET', `/api/v1/log-batches/${id}`)
      expect(shown.text).toContain(`"flux":${bytes},`)
      expect((parseExactJson(shown.text) as Json)['flux']).toBe(bytes >= 2n ** 53n ? bytes : Number(bytes))
      expect((await server.call('GET', '/api/v1/log-batches?limit=100')).text).toContain(`"flux":${bytes},`)
      const printed = await runCommand(server.dataDir, 'batches', 'show', String(id))
      expect(printed.out).toMatch(new RegExp(`^flux +${bytes}$`, 'm'))
    },
  )

  it('stand in what has changed since a file was made', async () => {
    const domain = 'changes.example.test'
    const more = { domain, bytes: 2n ** 62n + 1n }
    const load = async (sum: Sum) => {
      for (const log of await writeLogs(sum)) await loadLog(server, log)
    }
    await load({ domain, bytes: 2n ** 53n + 1n })
    const [id = ''] = await createAll(server, [{ ...range, domain_name: domain }])
    await exportedBy(server, id)
    const before = `"flux_before":${2n ** 53n + 1n},"flux_after"`
    await load(more)
    expect((await server.call('GET', `/api/v1/export-tasks/${id}/changes`)).text).toContain(
      `${before}:${2n ** 53n + 1n + more.bytes}`,
    )
    await load({ domain, bytes: 2n ** 64n })
    const sum = 2n ** 53n + 1n + more.bytes + 2n ** 64n
    expect((await server.call('GET', `/api/v1/export-tasks/${id}/changes`)).text).toContain(`${before}:${sum}`)
    expect((await runCommand(server.dataDir, 'tasks', 'changes', id)).out).toContain(` ${sum.toLocaleString('en')} `)
  })

  it('are consistent as they stand, and found where they went round in an older build', async () => {
    const check = async () => (await server.call('POST', '/api/v1/consistency-checks', {})).text
    expect(await check()).toContain('"consistent":true')
    const domain = 'round.example.test'
    const lines = Array.from({ length: 16_385 }, (_, i) => huaweiLine({ domain, bytes: 3, path: `/${i}` }))
    const { json } = await server.load(lines.join(''), { name: 'round.log' })
    expect(json).toMatchObject({ state: 'loaded', flux: 16_385 * 3 })
    // 2^64 more: the ledger's figure, and the rollup's, are what the sum was when it went round.
    await server.warehouse.command(
      `ALTER TABLE request UPDATE bytes = bytes + 1125899906842624
       WHERE domain = 'round.example.test' AND path != '/0' SETTINGS mutations_sync = 2`,
    )
    // A load that is being rolled up is left to the next look.
    await expect.poll(check, { timeout: 60_000 }).toContain('"consistent":false')
    const text = await check()
    expect(text).toContain('"kind":"lost_requests"')
    expect(text).toContain(`"flux":${2n ** 64n + 16_385n * 3n}`)
  })
})

async function batchNamed(name: string): Promise<Json> {
  const { json } = await server.call('GET', '/api/v1/log-batches?limit=100')
  return (json['batches'] as Json[]).find((batch) => batch['name'] === name) ?? {}
}
