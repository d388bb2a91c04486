import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

/** The clocks go back on the 25th, after the present: a day of the forecast has 25 hours. */
const zone = 'Europe/Berlin'
const firstMs = Date.parse('2026-09-21T00:00:00+02:00')
const startMs = Date.parse('2026-10-01T00:00:00+02:00')
const endMs = Date.parse('2026-11-01T00:00:00+01:00')
const nowMs = Date.parse('2026-10-17T14:03:20+02:00')
const slotMs = 300_000
const domains = ['late.example.test', 'www.example.test']

/** Numbers that look random, the same in each run. */
function* numbers(seed: number): Generator<number> {
  for (let value = seed; ; value = (value * 1_103_515_245 + 12_345) % 2 ** 31) yield value / 2 ** 31
}

type Slots = Map<number, number>
/** Bytes by slot of each domain. `late` begins on 12 October; nothing at all is sent on the 8th. */
function slotsOf(): Record<string, Slots> {
  const random = numbers(7)
  const next = () => random.next().value as number
  const found: Record<string, Slots> = Object.fromEntries(domains.map((name) => [name, new Map()]))
  for (let atMs = firstMs; atMs < nowMs - 3 * slotMs; atMs += slotMs)
    for (const name of domains) {
      const bytes = Math.floor(next() ** 4 * 4_000_000_000)
      if (next() < 0.2 || dateOf(atMs) === '2026-10-08') continue
      if (name === 'late.example.test' && dateOf(atMs) < '2026-10-12') continue
      found[name]?.set(atMs, bytes)
    }
  return found
}

const dateFormat = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' })
const dateOf = (timeMs: number) => dateFormat.format(timeMs)
const nextDate = (date: string, days: number) =>
  new Date(Date.parse(`${date}T12:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
/** The first instant of a date: the zone is one or two hours ahead. */
const startOf = (date: string): number =>
  [2, 1]
    .map((lead) => Date.parse(`${date}T00:00:00Z`) - lead * 3_600_000)
    .find((timeMs) => dateOf(timeMs) === date && dateOf(timeMs - 1) !== date) ?? Number.NaN

const halfUp = (numerator: bigint, denominator: bigint) => Number((2n * numerator + denominator) / (2n * denominator))
const bandwidth = (bytes: number) => halfUp(BigInt(bytes) * 8n, 300n)

/** The bill of points, one for each slot of a range; 5 % are discarded, 10 % are added. */
function billOf(slots: Slots, fromMs: number, untilMs: number) {
  const days = new Map<string, { timeMs: number; bytes: number }[]>()
  for (let timeMs = fromMs; timeMs < untilMs; timeMs += slotMs) {
    const date = dateOf(timeMs)
    days.set(date, [...(days.get(date) ?? []), { timeMs, bytes: slots.get(timeMs) ?? 0 }])
  }
  const sum = (points: { bytes: number }[]) => points.reduce((total, { bytes }) => total + bytes, 0)
  const valid = [...days.values()].filter((points) => sum(points) > 0)
  const points = valid.flat().toSorted((a, b) => b.bytes - a.bytes || a.timeMs - b.timeMs)
  const discarded = Math.floor(points.length / 20)
  const peaks = valid.map((day) => Math.max(...day.map(({ bytes }) => bytes))).sort((a, b) => b - a)
  const flux = sum([...days.values()].flat())
  const percentile = points[discarded]?.bytes ?? 0
  const figures = {
    flux,
    billed_flux: halfUp(BigInt(flux) * 11n, 10n),
    bandwidth_percentile: bandwidth(percentile),
    average_daily_peak: halfUp(BigInt(peaks.reduce((a, b) => a + b, 0)) * 8n, 300n * BigInt(valid.length)),
  }
  return { figures, points, discarded, percentile, validDays: valid.length }
}

/** The points of the whole month: from the logs' end on, those of a week before or more, at the same time of day. */
function forecastSlots(slots: Slots, logsEndMs: number): Slots {
  const found = new Map(slots)
  const present = dateOf(logsEndMs)
  for (let date = present; startOf(date) < endMs; date = nextDate(date, 1)) {
    let model = date
    while (model >= present) model = nextDate(model, -7)
    const [toMs, modelEndMs] = [startOf(nextDate(date, 1)), startOf(nextDate(model, 1))]
    for (let timeMs = startOf(date); timeMs < toMs; timeMs += slotMs) {
      const modelMs = startOf(model) + timeMs - startOf(date)
      if (timeMs >= logsEndMs) found.set(timeMs, modelMs < modelEndMs ? (slots.get(modelMs) ?? 0) : 0)
    }
  }
  return found
}

const lineOf = (domain: string, timeMs: number, bytes: number) => {
  const [, day, month, year, time] = new Date(timeMs + 7_000).toUTCString().split(' ')
  return `${domain} 203.0.113.9 - - [${day}/${month}/${year}:${time} +0000] "GET /a HTTP/1.1" 200 ${bytes} "-" "-"\n`
}

const sumOf = (all: Slots[]): Slots => {
  const sum: Slots = new Map()
  for (const slots of all) for (const [timeMs, bytes] of slots) sum.set(timeMs, (sum.get(timeMs) ?? 0) + bytes)
  return sum
}

describe('a month to date, counted twice', () => {
  let server: TestServer
  const slots = slotsOf()
  const total = sumOf(Object.values(slots))
  const logsEndMs = Math.max(...total.keys()) + slotMs
  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: nowMs })
    server = await startTestServer({ timeZone: zone })
    for (const name of domains) {
      const text = [...(slots[name] ?? [])].map(([timeMs, bytes]) => lineOf(name, timeMs, bytes)).join('')
      const { json } = await server.load(text, { name: `${name}.log`, format: 'combined_vhost', source: name })
      expect(json['state']).toBe('loaded')
    }
  }, 60_000)
  afterAll(async () => {
    await server.stop()
    vi.useRealTimers()
  })

  const get = async (query = '') => {
    const { json, status, text } = await server.call('GET', `/api/v1/month?${query}`)
    expect(status, text).toBe(200)
    return json
  }

  function expectFigures(shown: Json, of: Slots) {
    const { figures, discarded, validDays, points, percentile } = billOf(of, startMs, logsEndMs)
    expect(shown).toMatchObject({ ...figures, discarded, valid_days: validDays, points: points.length })
    expect(shown['peak']).toBe(bandwidth(points[0]?.bytes ?? 0))
    const requests = [...of.keys()].filter((timeMs) => timeMs >= startMs).length
    expect(shown['requests']).toBe(of === total ? countOf(slots) : requests)
    const above = points.filter(({ bytes }) => bytes > percentile)
    // Days that have no word until now stay so; all others, and those to come, are valid.
    const atEnd = points.length + (endMs - logsEndMs) / slotMs
    const discardedAtEnd = Math.floor(atEnd / 20)
    const left = discardedAtEnd - above.length
    expect(shown['room']).toEqual({ points_at_end: atEnd, discarded_at_end: discardedAtEnd, above: above.length, left })
    return above
  }
  const countOf = (of: Record<string, Slots>) =>
    Object.values(of).reduce((sum, one) => sum + [...one.keys()].filter((timeMs) => timeMs >= startMs).length, 0)

  it('has the bill so far, and the points above the percentile', async () => {
    const json = await get()
    expect(json).toMatchObject({ month: '2026-10', start_time: startMs, end_time: endMs, time_zone: zone })
    expect(json['until_time']).toBe(Date.parse('2026-10-17T14:05:00+02:00'))
    const above = expectFigures(json['total'] as Json, total)
    expect(json['above']).toEqual(
      above.map(({ timeMs, bytes }) => ({ time: timeMs, flux: bytes, bandwidth: bandwidth(bytes) })),
    )
    expect(above.length).toBeGreaterThan(100)
  })

  it('has a forecast by its stated method, over a day of 25 hours', async () => {
    const json = await get()
    expect((json['total'] as Json)['forecast']).toEqual(billOf(forecastSlots(total, logsEndMs), startMs, endMs).figures)
    expect(json['forecast_method']).toMatchObject({
      name: 'same_weekdays',
      start_time: startOf('2026-10-10'),
      end_time: startOf('2026-10-17'),
    })
  })

  it('keeps the room that it states', async () => {
    const { room, bandwidth_percentile: percentile } = (await get())['total'] as { room: Json } & Json
    const left = Number(room['left'])
    const toCome = (count: number) =>
      new Map([...total, ...Array.from({ length: count }, (_, n): [number, number] => [logsEndMs + n * slotMs, 1e12])])
    // One byte on each later day makes it valid, whatever else is sent on it.
    const valid = (of: Slots) => {
      for (let date = dateOf(logsEndMs); startOf(date) < endMs; date = nextDate(date, 1)) {
        const lastMs = startOf(nextDate(date, 1)) - slotMs
        if (!of.has(lastMs)) of.set(lastMs, 1)
      }
      return billOf(of, startMs, endMs).figures.bandwidth_percentile
    }
    expect(valid(toCome(left))).toBeLessThanOrEqual(Number(percentile))
    expect(valid(toCome(left + 1))).toBeGreaterThan(Number(percentile))
  })

  it('has each domain, and no forecast of one with too few days', async () => {
    const json = await get('group_by=domain')
    const [late, www] = json['domains'] as Json[]
    expectFigures(late ?? {}, slots['late.example.test'] ?? new Map())
    expectFigures(www ?? {}, slots['www.example.test'] ?? new Map())
    expect(late).toMatchObject({ domain_name: 'late.example.test', forecast: null })
    expect(late?.['forecast_missing']).toMatch(/only 5 of the 7/)
    const ofWww = forecastSlots(slots['www.example.test'] ?? new Map(), logsEndMs)
    expect(www?.['forecast']).toEqual(billOf(ofWww, startMs, endMs).figures)
  })

  it('has a month that is over, as its bill, without a forecast', async () => {
    const json = await get('month=2026-09')
    const september = Date.parse('2026-09-01T00:00:00+02:00')
    expect(json['total']).toMatchObject({ ...billOf(total, september, startMs).figures, forecast: null })
    expect((json['total'] as Json)['forecast_missing']).toBe('the month is over')
    expect(json['forecast_method']).toBeNull()
  })
})
