import { basename } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CountedServer, countedDomains, startCountedServer } from '../harness/counted-server.ts'
import { queryText } from '../harness/faces.ts'
import type { OpenServer, Place } from '../harness/open-server.ts'
import { hasPython, type Question, withoutPython } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'

const cells = 200
const firstMs = Date.parse('2025-10-02T20:00:00Z')
const hours = 60
const linesMax = 100
const domains = countedDomains
const places: Place[] = [
  ['cn', 'beijing', 'dianxin'],
  ['cn', '', 'yidong'],
  ['us', '', ''],
]
const metrics = ['flux', 'bandwidth', 'peak_bandwidth', 'requests', 'hits', 'hit_flux', 'status_2xx', 'status_4xx']
const keys: Record<string, string[]> = {
  country: ['cn', 'us'],
  isp: ['dianxin', 'yidong', 'qita'],
  ip_version: ['IPv4'],
  status_class: ['2xx', '4xx'],
  status: ['200', '404'],
  hit: ['hit', 'miss', 'unknown'],
}

const anyCell = fc
  .record({
    minute: fc.integer({ min: 0, max: hours * 60 - 1 }),
    interval: fc.constantFrom('300', '3600', '3600', '86400', 'month'),
    // Their clocks change within the logs, or their days are not UTC's.
    time_zone: fc.constantFrom('Australia/Adelaide', 'Etc/GMT-8', 'UTC'),
    domain_name: fc.constantFrom(...domains),
    metric: fc.constantFrom(...metrics),
    service_area: fc.constantFrom('global', 'global', 'mainland_china', 'outside_mainland_china'),
    by: fc.oneof(fc.constant<string[]>([]), fc.subarray(Object.keys(keys), { maxLength: 2 })),
    pick: fc.nat(),
  })
  .map(({ minute, by, pick, ...asked }): Json => {
    const values = by.map((name): [string, string] => [name, keys[name]?.[pick % (keys[name]?.length ?? 1)] ?? ''])
    return { ...asked, ...Object.fromEntries(values), time: firstMs + minute * 60_000 + (pick % 60_000) }
  })
const asked = fc.sample(anyCell, { numRuns: cells, seed: 20_251_130 })

const byOf = (cell: Json) => Object.keys(keys).filter((name) => cell[name] !== undefined)

const questionOf = (cell: Json): Question => ({
  report: 'cell_lines',
  'start-ms': String(cell['time']),
  bucket: String(cell['interval']),
  'time-zone': String(cell['time_zone']),
  domains: String(cell['domain_name']),
  metric: String(cell['metric']),
  'service-area': String(cell['service_area']),
  ...(byOf(cell).length > 0
    ? {
        by: byOf(cell).join(),
        values: byOf(cell)
          .map((name) => cell[name])
          .join(),
      }
    : {}),
})

type Load = { name: string; batch_id: number; value: number | null; lines: number }
type Line = [file: string, timeMs: number, ...fields: (string | number)[]]

describe.skipIf(!hasPython)(`figures explained at random, as the oracle explains them${withoutPython}`, () => {
  let server: CountedServer
  let expected: Line[][]
  beforeAll(async () => {
    server = await startCountedServer({ firstMs, hours, logs, places }, asked.map(questionOf))
    expected = server.counted.map((text) => JSON.parse(text) as Line[])
  }, 120_000)
  afterAll(() => server.stop())

  const explain = async (cell: Json) => {
    const { json, status, text } = await server.open.server.call(
      'GET',
      `/api/v1/explain?${queryText(cell)}&limit=${linesMax}`,
    )
    expect(status, text).toBe(200)
    return json
  }

  it('asks of cells that have lines, few and many, and of some that have none', () => {
    const counts = expected.map((lines) => lines.length)
    expect(counts.filter((count) => count > 0 && count <= linesMax).length).toBeGreaterThan(cells / 4)
    expect(counts.some((count) => count > linesMax)).toBe(true)
    expect(counts.some((count) => count === 0)).toBe(true)
  })

  it.each(asked.map((cell, n) => [queryText(cell), n] as const))('names the lines of %s', async (_text, n) => {
    const cell = asked[n] ?? {}
    const json = await explain(cell)
    const lines = (expected[n] ?? []).map(([file, ...fields]): Line => [basename(file), ...fields] as Line)
    const loads = json['loads'] as Load[]
    expect(json['lines_total']).toBe(lines.length)
    expectFirst(shownLines(json, loads), lines)
    const counts = loads.filter((load) => load.lines > 0).map((load) => [load.name, load.lines])
    expect(Object.fromEntries(counts)).toEqual(countsByFile(lines))
    await expectAsUsage(server.open, cell, json, loads)
  })
})

const fields = ['time', 'client', 'path', 'query', 'referrer', 'user_agent', 'status', 'bytes', 'cache']

function shownLines(json: Json, loads: Load[]): Line[] {
  const nameOf = new Map(loads.map(({ batch_id, name }) => [batch_id, name]))
  return (json['lines'] as Json[]).map(
    (line) => [nameOf.get(Number(line['batch_id'])), ...fields.map((name) => line[name])] as Line,
  )
}

function countsByFile(lines: Line[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [file] of lines) counts[file] = (counts[file] ?? 0) + 1
  return counts
}

/** The figure is that of usage, and its loads add up to it. */
async function expectAsUsage(open: OpenServer, cell: Json, json: Json, loads: Load[]) {
  expect(json['value']).toBe(await valueOfUsage(open, cell, json))
  const { value: rest } = json['other_loads'] as { value: number | null }
  if (json['sum'] === null) return expect(loads.some(({ value }) => value === null)).toBe(true)
  expect(loads.reduce((sum, { value }) => sum + Number(value), Number(rest))).toBe(json['sum'])
  if (json['measure'] === cell['metric']) expect(json['sum']).toBe(json['value'])
}

/** The first lines by time; lines of one second may stand in any order, and not all of the last second are shown. */
function expectFirst(shown: Line[], lines: Line[]) {
  expect(shown).toHaveLength(Math.min(lines.length, linesMax))
  const texts = (of: Line[]) => of.map((line) => JSON.stringify(line)).sort()
  const lastMs = shown.length < lines.length ? (shown.at(-1)?.[1] ?? 0) : Number.POSITIVE_INFINITY
  const before = (of: Line[]) => of.filter(([, timeMs]) => timeMs < lastMs)
  expect(texts(before(shown))).toEqual(texts(before(lines)))
  const left = texts(lines.filter(([, timeMs]) => timeMs === lastMs))
  for (const text of texts(shown.filter(([, timeMs]) => timeMs === lastMs))) expect(left).toContain(text)
}

async function valueOfUsage(open: OpenServer, cell: Json, { start_time, end_time }: Json) {
  const by = byOf(cell)
  const given = { start_time, end_time, group_by: by.join(), metrics: cell['metric'] }
  const shared = Object.fromEntries(
    ['interval', 'time_zone', 'domain_name', 'service_area'].map((name) => [name, cell[name]]),
  )
  const query = new URLSearchParams({ ...shared, ...given } as Record<string, string>)
  const { json, status, text } = await open.server.call('GET', `/api/v1/usage?${query}`)
  expect(status, text).toBe(200)
  const series = json['series'] as (Record<string, string> & { points: Record<string, (number | null)[]> })[]
  const found = series.find((one) => by.every((name) => one[name] === cell[name]))
  return found ? (found.points[String(cell['metric'])]?.[0] ?? null) : 0
}

const logs = [
  ...[1, 2].map((n) => ({
    ...{ name: `inside-${n}.log`, format: 'huawei_offline' },
    how: { domains: 3, lines: 2_000, seed: 49 + n },
  })),
  { name: 'outside.log', format: 'combined_vhost', isOutside: true, how: { domains: 3, lines: 2_000, seed: 52 } },
]
