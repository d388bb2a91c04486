import { spawn } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { spreadLoads } from '../harness/load-times.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { hasPython, withoutPython } from '../harness/oracle.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const hourS = 3_600
/** Four days, the last hour of which has just ended, so that some delays are over and some are not. */
const toS = Math.floor(Date.now() / 1000 / hourS) * hourS
const fromS = toS - 96 * hourS
/** Most is delivered of the last twelve hours, and daily files of all days. */
const recentS = toS - 12 * hourS
/** The last is delivered by one source alone, of which nothing is stated. */
const domains = ['a.example.test', 'b.example.test', 'c.example.test']
const lonely = 'd.example.test'

/** Each way of delivering; `quiet` has nothing stated. */
const cadences: Record<string, Record<string, unknown>> = {
  '*': { delay_seconds: 1_200 },
  cdn: { files_per_hour: 1, delay_seconds: 2 * hourS, skips_empty_hours: true },
  logs: { files_per_hour: 2, delay_seconds: hourS, domains: [domains[0], domains[2]] },
  edge: { delay_seconds: 3 * hourS, expected_from: (recentS + 2 * hourS) * 1000 },
  ended: { delay_seconds: 0, expected_until: (recentS + 5 * hourS) * 1000 },
  daily: { files_per_day: 1, day_zone: 'America/New_York', delay_seconds: 6 * hourS },
  rotated: { files_per_day: 2, day_zone: 'Asia/Shanghai', delay_seconds: 60, expected_from: fromS * 1000 },
  never: { domains: [domains[1]], expected_from: (toS - hourS) * 1000 },
}

type Line = [timeS: number, domain: string]
type Delivery = { source: string; name: string; lines: Line[]; forgotten: boolean }

const anyDomain = fc.constantFrom(...domains)
const anyHour = fc.integer({ min: -1, max: 11 })
/** Most lines lie within the hour; some just outside. */
const linesAbout = (hour: number, domain: fc.Arbitrary<string>) =>
  fc.array(
    fc.tuple(
      fc.integer({ min: -200, max: hourS + 200 }).map((s) => recentS + hour * hourS + s),
      domain,
    ),
    { maxLength: 12 },
  )
const named = fc.tuple(anyHour, anyDomain).chain(([hour, domain]) =>
  fc.record({
    source: fc.constantFrom('cdn', 'cdn', 'cdn', 'quiet'),
    name: fc.constant(`${chinaHour(recentS + hour * hourS)}-${domain}-cn.gz`),
    lines: linesAbout(hour, fc.constant(domain)),
    forgotten: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  }),
)
const unnamed = fc.tuple(anyHour, fc.integer({ min: 0, max: 1e9 })).chain(([hour, n]) =>
  fc.record({
    source: fc.constantFrom('logs', 'logs', 'edge', 'ended', 'quiet'),
    name: fc.constant(`access-${n}.log`),
    lines: linesAbout(hour, anyDomain),
    forgotten: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
  }),
)

/** A day's file: most names tell that day or the next one, and some mention a domain or tell no date. */
const ofADay = fc
  .record({
    source: fc.constantFrom('daily', 'daily', 'rotated'),
    day: fc.integer({ min: -1, max: 4 }),
    part: fc.integer({ min: 1, max: 2 }),
    turnsAtHour: fc.constantFrom(0, 0, 0, 6, -7),
    namedAfter: fc.boolean(),
    domain: fc.constantFrom('', '', ...domains),
    style: fc.integer({ min: 0, max: 6 }),
    forgotten: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
  })
  .chain(({ source, day, part, turnsAtHour, namedAfter, domain, style, forgotten }) => {
    const zoneHours = source === 'daily' ? -5 : 8
    const midnightS = Math.floor((fromS + zoneHours * hourS) / 86_400) * 86_400 - zoneHours * hourS + day * 86_400
    const [date, next] = [0, 1].map((n) =>
      new Date((midnightS + (zoneHours + 12 + 24 * (n + (namedAfter ? 1 : 0))) * hourS) * 1000)
        .toISOString()
        .slice(0, 10),
    ) as [string, string]
    const digits = date.replaceAll('-', '')
    const names = [
      `${domain || 'access'}.log-${digits}-${part}`,
      `${domain || 'edge'}-${date}.part${part}.log.gz`,
      `p${part}_${digits}_${domain}.log`,
      `p${part}.${date.replaceAll('-', '_')}_1200.${domain || 'log'}`,
      `p${part}-${date}-${next}.log`,
      `p${part}-${digits.slice(0, 4)}0231.log`,
      `edge-${digits}1${part}`,
    ]
    return fc.record({
      source: fc.constant(source),
      name: fc.constant(names[style] as string),
      lines: fc.array(
        fc.tuple(
          fc.integer({ min: -30, max: 86_400 + 30 }).map((s) => Math.min(toS - 1, midnightS + turnsAtHour * hourS + s)),
          domain === '' ? anyDomain : fc.constant(domain),
        ),
        { maxLength: 9 },
      ),
      forgotten: fc.constant(forgotten),
    })
  })

/** `2026090108` */
const chinaHour = (timeS: number) =>
  new Date((timeS + 8 * hourS) * 1000).toISOString().replaceAll(/[-T]/g, '').slice(0, 10)
/** The start of the hour that a name begins with. */
const secondsOfHour = (name: string) =>
  Date.parse(name.replace(/^(\d{4})(\d\d)(\d\d)(\d\d).*$/, '$1-$2-$3T$4:00:00+08:00')) / 1000
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
function logTime(timeS: number): string {
  const text = new Date(timeS * 1000).toISOString()
  return `${text.slice(8, 10)}/${months[Number(text.slice(5, 7)) - 1]}/${text.slice(0, 4)}:${text.slice(11, 19)} +0000`
}

describe.skipIf(!hasPython)(`coverage of random deliveries, judged twice${withoutPython}`, () => {
  let server: TestServer
  const loads: Record<string, unknown>[] = []
  const refused: { source: string; name: string }[] = []

  beforeAll(async () => {
    server = await startTestServer()
    for (const [source, stated] of Object.entries(cadences)) {
      const { status, text } = await server.call(
        'PUT',
        `/api/v1/coverage/cadences/${encodeURIComponent(source)}`,
        stated,
      )
      expect(status, text).toBe(200)
    }
    const deliveries = [
      ...fc.sample(fc.oneof(named, unnamed), { numRuns: 40, seed: 20_261_122 }),
      ...[0, 1, 2, 3, 6, 7, 8].map(
        (hour): Delivery => ({
          ...{ source: 'quiet', name: `${chinaHour(recentS + hour * hourS)}-${lonely}-cn.gz`, forgotten: false },
          lines: [[recentS + hour * hourS + 700, lonely]],
        }),
      ),
      ...fc.sample(ofADay, { numRuns: 40, seed: 20_261_130 }),
    ]
    for (const [n, delivery] of deliveries.entries()) await deliver(delivery, n)
    for (const { name, source } of deliveries.filter((_, n) => n % 5 === 0 && n < 40)) await refuse(name, source)
    await refuse(`${chinaHour(recentS + 3 * hourS)}-${lonely}-cn.gz`, 'quiet')
    // Every domain is known, whatever was delivered of it.
    for (const name of [...domains, lonely])
      await server.call('PUT', `/api/v1/domains/${name}`, { account_id: await accountId() })
    await spreadLoads(server.warehouse, toS - 14 * hourS, 'quiet')
    const rows = await server.warehouse.rows<{ loadId: number; writtenAt: number }>(
      'SELECT load_id AS loadId, toUnixTimestamp(written_at) AS writtenAt FROM load_span ORDER BY load_id',
    )
    for (const load of loads) load['written_at'] = rows.find((row) => row.loadId === load['id'])?.writtenAt ?? 0
  }, 180_000)
  afterAll(() => server.stop())

  const accountId = async () => {
    const { json } = await server.call('GET', '/api/v1/accounts')
    return (json['accounts'] as { account_id: string }[])[0]?.account_id
  }

  /** Loads one file; each has a line of its own that does not count, so that no two are the same. */
  async function deliver({ source, name, lines, forgotten }: Delivery, n: number) {
    const text = lines
      .map(([timeS, domain], i) => huaweiLine({ time: logTime(timeS), domain, path: `/${n}/${i}` }))
      .join('')
    const isEmpty = name.endsWith('-cn.gz') && lines.length === 0
    // A log of which no line counts is refused; a header alone is an empty log.
    const own = lines.length > 0 ? `no line ${n}\n` : `#Version: ${n}\n`
    const bytes = isEmpty ? gzipSync('') : Buffer.from(text + own)
    const { json, text: answer } = await server.load(bytes, { name, source, format: 'huawei_offline' })
    expect(json['state'], answer).toBe('loaded')
    if (forgotten) await server.call('DELETE', `/api/v1/log-batches/${json['batch_id']}`)
    else loads.push({ id: n + 1, source, name, lines })
  }

  /** A file of garbage; where a file of its name counts already, it comes first, and that file replaces it. */
  async function refuse(name: string, source: string) {
    const other = name.endsWith('-cn.gz') ? chinaHour(secondsOfHour(name) + hourS) + name.slice(10) : name
    const { json } = await server.load(Buffer.from('garbage\n'.repeat(50)), { name: other, source })
    expect(json['error_code']).toBe('FLUXPORT.0103')
    if (other.endsWith('-cn.gz')) refused.push({ source, name: other })
  }

  it.each([300, 3600])('in buckets of %i seconds', async (interval) => {
    const path = `/api/v1/coverage?start_time=${fromS * 1000}&end_time=${toS * 1000}&interval=${interval}&limit=200`
    const pages: Record<string, unknown>[] = []
    for (let offset = 0; ; offset += 200) {
      const { json, status, text } = await server.call('GET', `${path}&offset=${offset}`)
      expect(status, text).toBe(200)
      pages.push(json)
      if (offset + 200 >= Number(json['total'])) break
    }
    const [first] = pages as [Record<string, unknown>]
    const judgedAt = Math.floor(Number(first['judged_at']) / 1000)
    const expected = await askOracle({
      from: fromS,
      to: toS,
      judged_at: judgedAt,
      interval,
      domains: [...domains, lonely],
      cadences: inSeconds(),
      loads,
      refused,
    })
    expect(bucketsOf(pages, interval)).toEqual(expected)
    expect(await columnOf(interval)).toEqual(
      expected.map(([domain, startS, state]) => [domain, startS, state, state === 'missing' || state === 'refused']),
    )
    const states = expected.map(([, , state]) => state)
    const counted = Object.fromEntries(
      ['final', 'reported', 'provisional', 'missing', 'refused'].map((state) => [
        state,
        states.filter((one) => one === state).length,
      ]),
    )
    expect(first['buckets']).toEqual(counted)
    // A sample in which one of them never happens would prove little.
    expect(Object.entries(counted).filter(([, count]) => count === 0)).toEqual([])
    expect(expected.some(([, , , , late]) => late > 0)).toBe(true)
  })

  /** What a file's column says, and whether its figures are empty. */
  async function columnOf(interval: number): Promise<unknown[]> {
    const range = { start_time: fromS * 1000, end_time: toS * 1000, interval, group_by: 'domain' }
    const asked = { ...range, coverage_column: 'true', service_area: 'global' }
    const text = await server.exportText({ ...asked, format: 'jsonl', language: 'en' })
    const rows = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const cells = rows.map((row): [string, number, unknown, boolean] => [
      String(row['domain']),
      Date.parse(String(row['time'])) / 1000,
      row['coverage'],
      row['requests'] === null,
    ])
    return cells.sort((a, b) => (a[0] === b[0] ? a[1] - b[1] : a[0] < b[0] ? -1 : 1))
  }
})

type Bucket = [domain: string, startS: number, state: string, sources: Record<string, string>, late: number]
type Range = {
  domain_name: string
  start_time: number
  end_time: number
  state: string
  late_lines: number
  sources: { source: string; state: string }[]
}

/** The answer's ranges as the oracle's buckets. Late lines of a range stand at its first bucket. */
function bucketsOf(pages: Record<string, unknown>[], interval: number): Bucket[] {
  return pages
    .flatMap((page) => page['ranges'] as Range[])
    .flatMap(({ domain_name: domain, start_time: startMs, end_time: endMs, state, sources, late_lines: late }) => {
      const starts = Array.from(
        { length: (endMs - startMs) / interval / 1000 },
        (_, n) => startMs / 1000 + n * interval,
      )
      const states = Object.fromEntries(sources.map((one) => [one.source, one.state]))
      return starts.map((startS, n): Bucket => [domain, startS, state, states, n === 0 ? late : 0])
    })
}

const inSeconds = () =>
  Object.fromEntries(
    Object.entries(cadences).map(([source, stated]) => [
      source,
      Object.fromEntries(
        Object.entries(stated).map(([name, value]) => [
          name,
          name.startsWith('expected') ? Number(value) / 1000 : value,
        ]),
      ),
    ]),
  )

async function askOracle(question: object): Promise<Bucket[]> {
  const script = new URL('./coverage.py', import.meta.url).pathname
  const child = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(question))
  let text = ''
  for await (const piece of child.stdout.setEncoding('utf8')) text += piece
  const buckets = JSON.parse(text) as Bucket[]
  // Neighbours in the same states are one range, whose late lines are told together.
  for (let at = buckets.length - 1; at > 0; at--) {
    const [before, one] = [buckets[at - 1], buckets[at]] as [Bucket, Bucket]
    if (one[4] === 0 || one[0] !== before[0]) continue
    if (one[2] !== before[2] || JSON.stringify(one[3]) !== JSON.stringify(before[3])) continue
    before[4] += one[4]
    one[4] = 0
  }
  return buckets
}
