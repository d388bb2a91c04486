import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CountedServer, countedDomains, countedZone, startCountedServer } from '../harness/counted-server.ts'
import { expectSameFigures, queryText, type Series, totalOf, wireNames } from '../harness/faces.ts'
import type { OpenServer, Place } from '../harness/open-server.ts'
import { hasPython, type Question, withoutPython } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'

/** Half an hour off UTC's hours, and its clocks go forward at 16:30 UTC on 2025-10-04. */
const zones = ['Australia/Adelaide', 'Etc/GMT-8', 'Europe/Berlin']
const firstMs = Date.parse('2025-09-29T20:00:00+09:30')
const hours = 170
const places: Place[] = [
  ['cn', 'beijing', 'dianxin'],
  ['cn', '', 'yidong'],
  ['hk', '', 'yidong'],
  ['us', '', ''],
  ['', '', 'qita'],
]
const domains = countedDomains
const dimensions = ['domain', 'country', 'province', 'isp', 'ip_version', 'status_class', 'status', 'hit']
const metrics = ['flux', 'peak_bandwidth', 'requests', 'hits', 'hit_flux', ...[2, 3, 4, 5].map((n) => `status_${n}xx`)]
const placed = ['flux', 'requests']

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })
const someOf = (names: string[]) => fc.subarray(names, { minLength: 1 }).map((some) => some.join(','))

const anyQuestion = fc
  .record({
    start: fc.integer({ min: -120, max: hours * 60 }),
    minutes: fc.integer({ min: 1, max: 20 * 60 }),
    days: fc.integer({ min: 0, max: 6 }),
    interval: fc.constantFrom('300', '3600', '86400', 'month'),
    time_zone: fc.constantFrom(...zones),
    domain_name: maybe(someOf(domains)),
    group_by: maybe(
      fc.oneof(fc.constant('domain'), fc.subarray(dimensions, { minLength: 1, maxLength: 3 }).map(String)),
    ),
    service_area: fc.constantFrom('global', 'mainland_china', 'outside_mainland_china'),
    country: maybe(someOf(['cn', 'us', 'qita'])),
    isp: maybe(someOf(['dianxin', 'qita'])),
    ip_version: fc.option(fc.constantFrom('IPv4', 'IPv6'), { nil: undefined, freq: 4 }),
    // Without a peak or a hit the hourly sums by place answer.
    metrics: fc.constantFrom(metrics, metrics, placed),
  })
  .map(({ start, minutes, days, metrics: asked, ...more }) => {
    const startMs = firstMs + start * 60_000 + 1
    const length = more.interval === '300' ? minutes : minutes + days * 1440
    const given = { ...more, start_time: startMs, end_time: startMs + length * 60_000, metrics: asked.join() }
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Json
  })
const asked = fc.sample(anyQuestion, { numRuns: 60, seed: 20_251_130 })

const questionOf = ({ start_time, end_time, interval, group_by, domain_name, ...given }: Json): Question => ({
  report: 'usage_series',
  'start-ms': String(start_time),
  'end-ms': String(end_time),
  bucket: String(interval),
  ...(group_by ? { by: String(group_by) } : {}),
  ...(domain_name ? { domains: String(domain_name) } : {}),
  ...Object.fromEntries(
    ['time_zone', 'service_area', 'country', 'isp', 'ip_version']
      .filter((name) => given[name] !== undefined)
      .map((name) => [name.replace('_', '-'), String(given[name])]),
  ),
})

type Figures = Record<string, number | null>
type Counted = { first_ms: number; last_ms: number; last_slots: Record<string, number>; points: unknown[][] }

/** All points of an answer as the oracle has them, by bucket and key: zeros up to the last request, then nothing. */
function expectSeries(json: Json, question: Json, counted: Counted) {
  const times = json['times'] as number[]
  expect([times[0], times.at(-1)]).toEqual([counted.first_ms, counted.last_ms])
  const by = question['group_by'] ? String(question['group_by']).split(',') : []
  const names = String(question['metrics']).split(',')
  const found = new Map(counted.points.map((point) => [point.slice(0, -1).join(' '), point.at(-1) as Figures]))
  const series = json['series'] as Series[]
  const occurring = new Set(counted.points.map((point) => point.slice(1, -1).join(' ')))
  const keys = series.map((one) => by.map((name) => one[name]).join(' '))
  if (by.length === 0) expect(keys).toEqual([''])
  else if (by.join() === 'domain') expect(keys).toEqual(domainsOf(question))
  else expect(new Set(keys)).toEqual(occurring)
  for (const [n, one] of series.entries()) {
    const domain = one['domain']
    const last = domain ? (counted.last_slots[domain] ?? 0) : Math.max(0, ...Object.values(counted.last_slots))
    const rows = times.map((timeMs): Figures | null => {
      if (timeMs > last) return null
      return found.get([timeMs, ...(keys[n] ? [keys[n]] : [])].join(' ')) ?? null
    })
    for (const name of names) {
      const expected = times.map((timeMs, at) => (timeMs > last ? null : rows[at] ? (rows[at]?.[name] ?? null) : 0))
      expect(one.points[name], `${keys[n]} ${name}`).toEqual(expected)
      const known = expected.slice(0, times.filter((timeMs) => timeMs <= last).length)
      expect(one.totals[name], `${keys[n]} total ${name}`).toEqual(totalOf(name, known))
    }
  }
}

const domainsOf = ({ domain_name: named }: Json) => (named ? String(named).split(',') : domains).toSorted()

describe.skipIf(!hasPython)(`usage asked for at random, counted twice${withoutPython}`, () => {
  let server: CountedServer
  beforeAll(async () => {
    server = await startCountedServer({ firstMs, hours, logs, places }, asked.map(questionOf))
  }, 120_000)
  afterAll(() => server.stop())

  it.each(asked.map((question, n) => [queryText(question), n] as const))('%s', async (text, n) => {
    const { json, status, text: answer } = await server.open.server.call('GET', `/api/v1/usage?${text}`)
    expect(status, answer).toBe(200)
    expectSeries(json, asked[n] ?? {}, JSON.parse(server.counted[n] ?? '') as Counted)
  })

  it.each(siblingsAsked.map((question) => [JSON.stringify(question), question] as const))(
    'the contract’s operation has the same: %s',
    async (_text, { start, minutes, ...question }) =>
      await expectSameFigures(server.open.server, { ...question, ...rangeOf({ start, minutes }) }, countedZone),
  )

  it.each(siblingsAsked.slice(0, 12).map((question) => [JSON.stringify(question), question] as const))(
    'the contract’s older operations have the same: %s',
    async (_text, question) => await expectSameOfOlder(server.open, question),
  )
})

const anySibling = fc.record({
  start: fc.integer({ min: -120, max: hours * 60 }),
  minutes: fc.integer({ min: 1, max: 2 * 1440 }),
  interval: fc.constantFrom('300', '3600', '86400'),
  domain_name: fc.oneof(fc.constant('all'), someOf(domains)),
  group_by: fc.constantFrom('', 'domain', 'country', 'isp', 'domain,country'),
  service_area: fc.constantFrom('global', 'mainland_china', 'outside_mainland_china'),
  stats: fc.subarray(Object.keys(wireNames), { minLength: 1, maxLength: 5 }),
  isDetail: fc.boolean(),
})
const siblingsAsked = fc.sample(anySibling, { numRuns: 30, seed: 20_251_201 })
type SiblingQuestion = (typeof siblingsAsked)[number]

const rangeOf = ({ start, minutes }: Pick<SiblingQuestion, 'start' | 'minutes'>) => ({
  start_time: firstMs + start * 60_000 + 1,
  end_time: firstMs + (start + minutes) * 60_000,
})

const hourMs = 3_600_000

/** Rows of a domain and points by domain in the older operations, and the own API's series of the same range. */
async function expectSameOfOlder(open: OpenServer, { start, minutes, domain_name, service_area }: SiblingQuestion) {
  const startMs = Math.floor((firstMs + start * 60_000) / hourMs) * hourMs
  const range = { start_time: startMs, end_time: startMs + Math.ceil(minutes / 60) * hourMs }
  const shared = { ...range, domain_name, service_area }
  const ask = async (target: string) => {
    const { status, text, json } = await open.server.call('GET', target)
    expect(status, text).toBe(200)
    return json
  }
  const own = { ...shared, interval: '3600', group_by: 'domain', metrics: 'flux,requests', time_zone: countedZone }
  const series = (await ask(`/api/v1/usage?${queryText(own)}`))['series'] as Series[]
  const known = (one: Series, metric: string) => (one.points[metric] ?? []).map((value) => value ?? 0)
  const withData = series.filter((one) => known(one, 'requests').some((count) => count > 0))
  const older = (path: string, more: Json) => ask(`/v1.0/cdn/statistics/${path}?${queryText({ ...shared, ...more })}`)
  const byName = (name: string) => withData.find((one) => one['domain'] === name) as Series
  const { domain } = (await older('domain', { stat_type: 'flux' })) as { domain: Json[] }
  expect(domain.map((row) => row['domain_name'])).toEqual(withData.map((one) => one['domain']).sort())
  for (const { domain_name: name, value } of domain)
    expect(value).toBe(totalOf('flux', known(byName(String(name)), 'flux')))
  const { flux_detail: detail } = await older('flux-detail', { interval: '3600' })
  const columns = known(withData[0] ?? (series[0] as Series), 'flux').map((_, n) =>
    totalOf(
      'flux',
      withData.map((one) => known(one, 'flux')[n] ?? 0),
    ),
  )
  expect((detail as Json)['values']).toEqual(columns)
  const { domain_item_details: items } = await older('domain-item-details', { stat_type: 'req_num' })
  for (const { domain_name: name, req_num: points } of (items as { domains: Json[] }).domains)
    expect(totalOf('requests', points as number[])).toBe(totalOf('requests', known(byName(String(name)), 'requests')))
}

const logs = [
  { name: 'inside.log', format: 'huawei_offline', how: { domains: 3, lines: 4_000, seed: 30 } },
  { name: 'outside.log', format: 'combined_vhost', isOutside: true, how: { domains: 2, lines: 2_000, seed: 31 } },
]
