import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestEngine } from '../../test/harness/engine.ts'
import { calendarDays, calendarMonths } from './time-range.ts'
import { clockOffsets, clockSql, offsetSql, zoneOffsets, zoneParameters } from './zone-offsets.ts'

let engine: Awaited<ReturnType<typeof startTestEngine>>
beforeAll(async () => {
  engine = await startTestEngine()
})
afterAll(() => engine.stop())

const zones = Intl.supportedValuesOf('timeZone')
const lookMs = 12 * 86_400_000

/** A local time by Node's own formatter, read differently from the product: `2026-10-25 02:00:00+02:00`. */
function shownIn(timeZone: string) {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, hourCycle: 'h23', timeZoneName: 'longOffset', era: 'short' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  })
  return (second: number): string => {
    const parts = new Map(format.formatToParts(second * 1000).map(({ type, value }) => [type, value]))
    const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
    const offset = of('timeZoneName').replace('GMT', '') || '+00:00'
    return `${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}:${of('second')}${offset}`
  }
}

/** A zone's offset by the same formatter: without the other fields it takes a quarter of the time. */
function offsetIn(timeZone: string) {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'longOffset', year: 'numeric' })
  return (second: number): string => /GMT(.*)$/.exec(format.format(second * 1000))?.[1] || '+00:00'
}

/** Instants around every change that a look each twelfth day finds, and some between: each look takes 20 µs. */
function instantsOf(timeZone: string, fromMs: number, toMs: number): number[] {
  const offset = offsetIn(timeZone)
  const found: number[] = []
  let last = offset(fromMs / 1000)
  for (let timeMs = fromMs + lookMs; timeMs < toMs; timeMs += lookMs) {
    if (timeMs % (15 * lookMs) === 0) found.push(timeMs / 1000)
    if (offset(timeMs / 1000) === last) continue
    let [low, high] = [timeMs / 1000 - lookMs / 1000, timeMs / 1000]
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (offset(middle) === last) low = middle
      else high = middle
    }
    found.push(low, high, low - 86_400, high + 86_400, high + 300)
    last = offset(timeMs / 1000)
  }
  return found
}

async function written(timeZone: string, seconds: number[], range: { startTimeMs: number; endTimeMs: number }) {
  const parameters = zoneParameters(range, timeZone)
  const changes = parameters.zoneFrom.length > 1
  const rows = await engine.warehouse.rows<{ clock: string; offset: string }>(
    `SELECT toString(${clockSql('time', changes)}) AS clock, ${offsetSql('time', changes)} AS offset
     FROM (SELECT toDateTime(arrayJoin({seconds:Array(UInt32)}), 'UTC') AS time)`,
    { seconds, ...parameters },
  )
  return rows.map(({ clock, offset }) => clock + offset)
}

describe('times in a zone', () => {
  it('are those of every zone’s clocks at every change from 2000 to 2037', async () => {
    const range = { startTimeMs: Date.UTC(2000, 0), endTimeMs: Date.UTC(2038, 0) }
    let instants = 0
    for (const zone of zones) {
      const seconds = instantsOf(zone, range.startTimeMs, range.endTimeMs)
      if (seconds.length === 0) seconds.push(1_788_192_000)
      expect([zone, await written(zone, seconds, range)]).toEqual([zone, seconds.map(shownIn(zone))])
      instants += seconds.length
    }
    expect(zones.length).toBeGreaterThan(400)
    expect(instants).toBeGreaterThan(10_000)
  }, 600_000)

  // The first five zones crossed the date line. For the others the engine has different times before 2000.
  it.each([
    ...['Pacific/Apia', 'Pacific/Enderbury', 'Pacific/Fakaofo', 'Pacific/Kiritimati', 'Pacific/Kwajalein'],
    ...['America/St_Johns', 'America/Tijuana', 'Asia/Tehran', 'Europe/London', 'Asia/Shanghai', 'Africa/Casablanca'],
  ])('are those of %s from 1970 on', async (zone) => {
    const range = { startTimeMs: Date.UTC(1970, 0, 2), endTimeMs: Date.UTC(2000, 0) }
    const seconds = instantsOf(zone, range.startTimeMs, range.endTimeMs)
    expect(await written(zone, seconds, range)).toEqual(seconds.map(shownIn(zone)))
  })

  it('are right on the first day of 1970 to the west of UTC', async () => {
    const range = { startTimeMs: 0, endTimeMs: 86_400_000 }
    expect(await written('America/New_York', [0, 300], range)).toEqual([
      '1969-12-31 19:00:00-05:00',
      '1969-12-31 19:05:00-05:00',
    ])
  })
})

describe('clocks that went over the date line', () => {
  it('have no day that they leapt over, and no hour less', () => {
    const range = {
      startTimeMs: Date.parse('2011-12-28T00:00:00-10:00'),
      endTimeMs: Date.parse('2012-01-02T00:00:00+14:00'),
    }
    const days = calendarDays(range, 'Pacific/Apia').map(({ startTimeMs, endTimeMs }) => [
      shownIn('Pacific/Apia')(startTimeMs / 1000),
      (endTimeMs - startTimeMs) / 3_600_000,
    ])
    expect(days).toEqual([
      ['2011-12-28 00:00:00-10:00', 24],
      ['2011-12-29 00:00:00-10:00', 24],
      ['2011-12-31 00:00:00+14:00', 24],
      ['2012-01-01 00:00:00+14:00', 24],
    ])
    expect(calendarMonths(range, 'Pacific/Apia').map(({ name }) => name)).toEqual(['2011-12', '2012-01'])
  })

  it.each(['Pacific/Apia', 'Pacific/Kwajalein', 'Europe/Berlin'])(
    'say in %s when it is, but for times that never were',
    (zone) => {
      const range = { startTimeMs: Date.UTC(2000, 0), endTimeMs: Date.UTC(2027, 0) }
      const { fromSeconds, offsetSeconds } = clockOffsets(range, zone)
      const { fromSeconds: changes } = zoneOffsets(range, zone)
      for (const change of changes.slice(1))
        for (const second of [change - 86_400, change - 7_200, change + 7_200, change + 86_400]) {
          const clock = Date.parse(`${shownIn(zone)(second).slice(0, 19).replace(' ', 'T')}Z`) / 1000
          const at = fromSeconds.findLastIndex((from) => from <= clock)
          expect(clock - (offsetSeconds[at] ?? 0)).toBe(second)
        }
    },
  )
})
