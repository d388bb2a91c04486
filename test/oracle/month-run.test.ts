import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { parseCsv } from '../harness/csv.ts'
import { assign, newTenant, type Tenant } from '../harness/customers.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { hasEnded, quickDirectory, sourceUntil, writeSources } from '../harness/sources.ts'
import { billOf, type Point, type States } from './bill-lines.ts'
import { expectSameRows } from './compare.ts'

/**
 * A month as an operator has it: two CDNs with a file a day each, one customer, a zone whose clocks change, and
 * deliveries that are late, doubled, corrupt, half garbled, missing, damaged in a few lines, and in two parts.
 */
const zone = 'Europe/Berlin'
const month = '2026-10'
const startMs = Date.parse('2026-10-01T00:00:00+02:00')
const endMs = Date.parse('2026-11-01T00:00:00+01:00')
const dayOf = (second: number) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(second * 1000)
const domainsOf = { edge: ['www.example.test', 'shop.example.test'], cdn: ['video.example.test'] }
type Cdn = keyof typeof domainsOf

/** A request in most half hours; a day of 25 hours has two more. */
const points: Point[] = []
let seed = 7
for (let second = startMs / 1000; second < endMs / 1000; second += 1800)
  for (const domain of [...domainsOf.edge, ...domainsOf.cdn]) {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    // Every hour has one, so that a bucket of each hour is touched.
    if (second % 3600 === 0 || seed % 3 > 0) points.push({ domain, second: second + 11, bytes: BigInt(seed) + 1n })
  }
const days = [...new Set(points.map(({ second }) => dayOf(second)))]

const clock = (second: number) => {
  const [, day, name, year, time] = new Date(second * 1000).toUTCString().split(' ')
  return `${day}/${name}/${year}:${time} +0000`
}
const writers: Record<Cdn, (point: Point) => string> = {
  edge: ({ domain, second, bytes }) =>
    `${domain} 203.0.113.9 - - [${clock(second)}] "GET /a HTTP/1.1" 200 ${bytes} "-" "-"\n`,
  cdn: ({ domain, second, bytes }) => huaweiLine({ domain, time: clock(second), bytes: String(bytes) }),
}
const linesOf = (cdn: Cdn, day: string) =>
  points.filter(({ domain, second }) => domainsOf[cdn].includes(domain) && dayOf(second) === day).map(writers[cdn])

const late = '2026-10-05'
const doubled = '2026-10-08'
const corrupt = '2026-10-12'
const garbled = '2026-10-15'
const missing = '2026-10-20'
const damaged = '2026-10-22'
const parted = '2026-10-27'
/** Requests that are garbled in the damaged file: too few for a quarantine. */
const isLost = (point: Point) => domainsOf.edge.includes(point.domain) && lostLines.includes(writers.edge(point))
const lostLines = linesOf('edge', damaged).slice(20, 23)

let server: TestServer
let place: Awaited<ReturnType<typeof temporaryDirectory>>
let reseller: Tenant
const delivered: Record<Cdn, number> = { edge: 0, cdn: 0 }

const pathOf = (cdn: Cdn, name: string) => join(place.path, cdn, name)
async function deliver(cdn: Cdn, name: string, content: string | Buffer): Promise<void> {
  delivered[cdn]++
  await writeFile(pathOf(cdn, name), content)
}
const nameOf = (cdn: Cdn, day: string) =>
  cdn === 'edge' ? `access.log-${day.replaceAll('-', '')}` : `video-${day}.log.gz`
const contentOf = (cdn: Cdn, day: string) =>
  cdn === 'edge' ? linesOf(cdn, day).join('') : gzipSync(linesOf(cdn, day).join(''))

const nulsFor = (line: string) => `${'\0'.repeat(line.length - 1)}\n`

const get = async (path: string) => (await server.call('GET', path)).json
const untilDealtWith = async () => {
  for (const cdn of ['edge', 'cdn'] as const) await sourceUntil(get, hasEnded(delivered[cdn]), cdn)
}

beforeAll(async () => {
  place = await temporaryDirectory()
  for (const cdn of ['edge', 'cdn']) await mkdir(join(place.path, cdn))
  const watched = (cdn: Cdn, more: object) => quickDirectory(join(place.path, cdn), { name: cdn, source: cdn, ...more })
  const sources = await writeSources(place.path, [
    watched('edge', { format: 'combined_vhost' }),
    watched('cdn', { format: 'huawei_offline' }),
  ])
  server = await startTestServer({ timeZone: zone, sources })
  reseller = await newTenant(server, 'reseller')
  await assign(server, 'shop.example.test', reseller.accountId, { is_new: true })
  for (const cdn of ['edge', 'cdn'])
    await server.call('PUT', `/api/v1/coverage/cadences/${cdn}`, {
      ...{ files_per_day: 1, day_zone: zone, delay_seconds: 3_600 },
      ...{ expected_from: startMs, expected_until: endMs },
    })
}, 120_000)
afterAll(async () => {
  await server.stop()
  await place.remove()
})

const command = async (...args: string[]) => {
  const ran = await runCommand(server.dataDir, ...args)
  expect(ran.code, ran.err).toBe(0)
  return ran.out + ran.err
}
async function billed(...args: string[]): Promise<{ said: string; tables: string[][][] }> {
  const output = join(place.path, 'bill.csv')
  const said = await command(
    'bill',
    '--month',
    month,
    '--time-zone',
    zone,
    '--language',
    'en',
    '--output',
    output,
    ...args,
  )
  const read = async (path: string) => parseCsv(await readFile(path, 'utf8')).slice(1)
  const names = ['bill.csv', 'bill_completeness.csv', 'bill_gaps.csv', 'bill_points.csv']
  return { said, tables: await Promise.all(names.map((name) => read(join(place.path, name)))) }
}
const billAsked = { action: 'bill', start_date: '2026-10-01', end_date: '2026-11-01', time_zone: zone }
const asCsv = { service_area: 'global', format: 'csv', compression: 'none', language: 'en' }
/** Notes on deliveries in the manifest of the bill of all accounts. */
async function faultsInBill(): Promise<string[]> {
  const [id = ''] = await createAll(server, [{ ...billAsked, ...asCsv, account: 'all' }])
  const { task } = await exportedBy(server, id)
  const { notes } = task['manifest'] as { notes: string[] }
  return notes.filter((note) => /^(Refused|Rejected|Too many|Unexpected)/.test(note)).sort()
}
const bytesOn = (isIn: (point: Point) => boolean) => points.filter(isIn).reduce((sum, { bytes }) => sum + bytes, 0n)

describe('a month of deliveries', () => {
  it('is delivered with seven things wrong', async () => {
    for (const day of days) {
      for (const cdn of ['edge', 'cdn'] as const) {
        if (cdn === 'edge' && [late, garbled, damaged, parted].includes(day)) continue
        if (cdn === 'cdn' && (day === corrupt || day === missing)) continue
        await deliver(cdn, nameOf(cdn, day), contentOf(cdn, day))
      }
    }
    await deliver('edge', `copy-of-${nameOf('edge', doubled)}`, contentOf('edge', doubled))
    const whole = contentOf('cdn', corrupt)
    await deliver('cdn', nameOf('cdn', corrupt), whole.slice(0, whole.length - 40))
    const lines = linesOf('edge', garbled)
    const half = Buffer.from(lines.slice(0, lines.length / 2).join(''))
    await deliver('edge', nameOf('edge', garbled), Buffer.concat([half, Buffer.alloc(half.length), Buffer.from('\n')]))
    const garbledLines = linesOf('edge', damaged).map((line) => (lostLines.includes(line) ? nulsFor(line) : line))
    await deliver('edge', nameOf('edge', damaged), garbledLines.join(''))
    const parts = linesOf('edge', parted)
    await deliver('edge', nameOf('edge', parted), parts.slice(0, -4).join(''))
    await deliver('edge', `rest-${nameOf('edge', parted)}`, parts.slice(-4).join(''))
    await untilDealtWith()
    const states = ((await get('/api/v1/log-batches?limit=1000'))['batches'] as { state: string }[]).map(
      (one) => one.state,
    )
    const count = (state: string) => states.filter((one) => one === state).length
    expect({ failed: count('failed'), quarantined: count('quarantined'), duplicate: count('duplicate') }).toEqual({
      ...{ failed: 1, quarantined: 1, duplicate: 1 },
    })
    expect(count('loaded')).toBe(2 * days.length - 3)
  }, 300_000)

  it('has each of them named by fluxport month, and nothing else', async () => {
    const said = await command('month', month, '--account', 'all', '--time-zone', zone)
    const [, faults = ''] = said.split('\n\n')
    const lines = faults.trim().split('\n')
    expect(lines.map((line) => line.replace(/^batch \d+/, 'batch N')).sort()).toEqual([
      expect.stringMatching(/^a file of source .*cdn is missing of 2026-10-20: video\.example\.test$/),
      expect.stringMatching(
        /^a file of source .*edge is missing of 2026-10-05: shop\.example\.test, www\.example\.test$/,
      ),
      expect.stringMatching(
        /^batch N of source default: cdn, video-2026-10-12\.log\.gz .* was refused: FLUXPORT\.0102/,
      ),
      expect.stringMatching(/^batch N of source default: edge, access\.log-20261015 .* was refused: FLUXPORT\.0109/),
      expect.stringMatching(
        /^rejected lines of 1 loaded file of source default: edge are in no figure: 3 nul_bytes \(access\.log-20261022\)$/,
      ),
      expect.stringMatching(/^shop\.example\.test has 2 files of 2026-10-27 and its sources state 1: /),
      expect.stringMatching(/^www\.example\.test has 2 files of 2026-10-27 and its sources state 1: /),
    ])
    const { json } = await server.call('GET', `/api/v1/month-deliveries?month=${month}&time_zone=${zone}&account=all`)
    expect((json['faults'] as { text: string }[]).map(({ text }) => text)).toEqual(lines)
    expect(said).toMatch(/^2026-10-08 +www\.example\.test +1 +1 /m)
  })

  it('has a bill of what is there, which says what is not', async () => {
    const { said, tables } = await billed('--account', 'all')
    const isThere = (point: Point) => {
      const { domain, second } = point
      const day = dayOf(second)
      if (isLost(point)) return false
      return domainsOf.edge.includes(domain) ? day !== late && day !== garbled : day !== corrupt && day !== missing
    }
    expect(BigInt(tables[0]?.at(-1)?.[4] ?? 0)).toBe(bytesOn(isThere))
    expect(said).toMatch(/not complete: .*missing/)
    const gaps = tables[2]?.map((row) => [row[1], row[2], row[3]?.slice(0, 10)]) ?? []
    expect(gaps).toEqual([
      ['video.example.test', 'refused', corrupt],
      ['video.example.test', 'missing', missing],
      ['www.example.test', 'missing', late],
      ['www.example.test', 'refused', garbled],
      ['shop.example.test', 'missing', late],
      ['shop.example.test', 'refused', garbled],
    ])
    expect(await faultsInBill()).toEqual([
      'Refused file: access.log-20261015 of source default: edge: FLUXPORT.0109',
      'Refused file: video-2026-10-12.log.gz of source default: cdn: FLUXPORT.0102',
      'Rejected lines: source default: edge, 1 loaded file: 3 nul_bytes; in no figure',
      'Too many files: shop.example.test, 2026-10-27: 2 came and 1 are stated; requests may count twice',
      'Too many files: www.example.test, 2026-10-27: 2 came and 1 are stated; requests may count twice',
    ])
    const refusal = await runCommand(server.dataDir, 'bill', '--month', month, '--require-final', 'fail')
    expect([refusal.code, refusal.err]).toEqual([1, expect.stringContaining('FLUXPORT.0401')])
  })

  it('is repaired by delivering what lacks', async () => {
    await deliver('edge', nameOf('edge', late), contentOf('edge', late))
    await deliver('edge', nameOf('edge', garbled), contentOf('edge', garbled))
    await deliver('edge', nameOf('edge', damaged), contentOf('edge', damaged))
    await deliver('cdn', nameOf('cdn', corrupt), contentOf('cdn', corrupt))
    await deliver('cdn', nameOf('cdn', missing), contentOf('cdn', missing))
    for (const [cdn, loaded] of [
      ['edge', days.length + 2], // the damaged day has two, and the day in parts
      ['cdn', days.length],
    ] as const)
      await sourceUntil(get, (source) => hasEnded(0)(source) && Number(source['loaded']) >= loaded, cdn)
    const batches = (await get('/api/v1/log-batches?limit=1000'))['batches'] as { name: string; batch_id: number }[]
    const rest = batches.find(({ name }) => name.startsWith('rest-'))
    await command('batches', 'forget', String(rest?.batch_id))
    await deliver('edge', nameOf('edge', parted), contentOf('edge', parted))
    await sourceUntil(get, (source) => hasEnded(0)(source) && Number(source['loaded']) >= days.length + 3, 'edge')
    const said = await command('month', month, '--account', 'all', '--time-zone', zone)
    expect(said.trim().split('\n\n').slice(1)).toEqual(['nothing is missing'])
  }, 300_000)

  it('then has a bill that is final, and equal to an independent count to the byte', async () => {
    const { said, tables } = await billed('--account', 'all', '--require-final', 'fail')
    expect(said).toContain('complete: all ')
    expect(await faultsInBill()).toEqual([])
    const final: States = new Map(
      [...domainsOf.edge, ...domainsOf.cdn].map((domain) => [domain, [{ startMs, endMs, state: 'final' }]]),
    )
    const shop = { domains: ['shop.example.test'], accountDomains: ['shop.example.test'] }
    const own = ['video.example.test', 'www.example.test']
    const series = [
      ...own.map((name) => ({ account: 'default', name, domains: [name], accountDomains: own })),
      { account: 'default', name: 'Total', domains: own, accountDomains: own },
      ...['shop.example.test', 'Total'].map((name) => ({ account: 'reseller', name, ...shop })),
      { account: 'All accounts', name: 'Total', domains: [...own, 'shop.example.test'] },
    ]
    const expected = billOf({ zone, startMs, endMs, series, discard: 5, overhead: 10 }, points, final)
    expectSameRows(tables[0] ?? [], expected.cover)
    expect(tables[2]).toEqual([])
    expectSameRows(tables[3] ?? [], [...expected.points.slice(2, 3), ...expected.points.slice(4)].flat())
    expect(BigInt(tables[0]?.at(-1)?.[4] ?? 0)).toBe(bytesOn(() => true))
    expect(await command('verify', join(place.path, 'bill.csv'))).toContain('bill.csv')
  })

  it('is, for the customer, the same bill of its own domain', async () => {
    const [id = ''] = await createAll(server, [{ ...billAsked, ...asCsv }], reseller.key)
    const { files: made } = await exportedBy(server, id, reseller.key)
    const [cover = []] = made.map(({ bytes }) => parseCsv(bytes.toString()).slice(1))
    const { tables } = await billed('--account', 'reseller')
    expect(cover).toEqual(tables[0])
    expect(cover.map((row) => row[2])).toEqual(['shop.example.test', 'Total'])
    expect(BigInt(cover[0]?.[4] ?? 0)).toBe(bytesOn(({ domain }) => domain === 'shop.example.test'))
  })
})
