import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketShiftMs, calendarMonths, localTime, widenToBuckets, zoneOffsetMs } from './time-range.ts'
import { zoneOffsets } from './zone-offsets.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const at = (text: string) => Date.parse(text)

const zones = [
  'UTC',
  'Asia/Shanghai',
  'Asia/Kolkata', // +05:30
  'Asia/Kathmandu', // +05:45
  'Australia/Eucla', // +08:45
  'America/St_Johns', // -03:30, and -02:30 in summer
  'America/New_York',
  'Europe/Berlin',
  'Pacific/Chatham', // +12:45, and +13:45 in summer
  'Pacific/Kiritimati', // +14:00
  'Pacific/Pago_Pago', // -11:00
]
/** Range of years in which logs are written. */
const timeMs = fc.integer({ min: at('2000-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z') })
const interval = fc.constantFrom(300 as const, 3600 as const)

describe('the offset of a zone', () => {
  it.each([
    ['UTC', '2026-09-01T00:00:00Z', 0],
    ['Asia/Shanghai', '2026-09-01T00:00:00Z', 8],
    ['Asia/Kolkata', '2026-09-01T00:00:00Z', 5.5],
    ['Asia/Kathmandu', '2026-09-01T00:00:00Z', 5.75],
    ['America/New_York', '2026-01-01T00:00:00Z', -5],
    ['America/New_York', '2026-03-08T06:59:59.999Z', -5],
    ['America/New_York', '2026-03-08T07:00:00Z', -4],
    ['America/New_York', '2026-11-01T05:59:59.999Z', -4],
    ['America/New_York', '2026-11-01T06:00:00Z', -5],
    ['Pacific/Kiritimati', '2026-12-31T23:59:59Z', 14],
    ['America/St_Johns', '2026-07-01T00:00:00Z', -2.5],
    ['Asia/Shanghai', '1970-01-01T00:00:00Z', 8],
  ])('%s at %s is %d hours', (zone, time, hours) => {
    expect(zoneOffsetMs(at(time), zone)).toBe(hours * hourMs)
  })

  it('is whole minutes in every zone of today, at midnight and at every millisecond', () => {
    fc.assert(
      fc.property(timeMs, fc.constantFrom(...zones), (time, zone) => {
        const offset = zoneOffsetMs(time, zone)
        expect(Math.abs(offset % 60_000)).toBe(0)
        expect(Math.abs(offset)).toBeLessThanOrEqual(14 * hourMs)
      }),
    )
  })

  it('of a zone that there is not is an error', () => {
    expect(() => zoneOffsetMs(0, 'Mars/Olympus_Mons')).toThrow(RangeError)
  })
})

describe('a local time', () => {
  it.each([
    ['Asia/Shanghai', '2026-08-31T16:00:00Z', '2026-09-01 00:00:00'],
    ['Asia/Kolkata', '2026-08-31T18:30:00Z', '2026-09-01 00:00:00'],
    ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01 01:30:00'],
    ['America/New_York', '2026-11-01T06:30:00Z', '2026-11-01 01:30:00'],
    ['America/New_York', '2026-03-08T07:00:00Z', '2026-03-08 03:00:00'],
    ['Pacific/Pago_Pago', '2026-01-01T10:59:59Z', '2025-12-31 23:59:59'],
    ['UTC', '2026-02-28T23:59:59.999Z', '2026-02-28 23:59:59'],
  ])('in %s at %s is %s', (zone, time, text) => {
    expect(localTime(at(time), zone)).toBe(text)
  })
})

describe('whole buckets', () => {
  it.each([
    ['are left as they are', '2026-09-01T08:00:00+08:00', '2026-09-01T08:05:00+08:00', 300],
    ['of an hour too', '2026-09-01T08:00:00+08:00', '2026-09-01T09:00:00+08:00', 3600],
  ] as const)('%s', (_name, start, end, seconds) => {
    const range = { startTimeMs: at(start), endTimeMs: at(end) }
    expect(widenToBuckets(range, seconds, 'Asia/Shanghai')).toEqual(range)
  })

  it.each([
    ['UTC', 3600, '2026-09-01T08:00:00Z', '2026-09-01T09:00:00Z'],
    ['Asia/Kolkata', 3600, '2026-09-01T07:30:00Z', '2026-09-01T08:30:00Z'],
    ['Asia/Kathmandu', 3600, '2026-09-01T08:15:00Z', '2026-09-01T09:15:00Z'],
    ['America/St_Johns', 3600, '2026-09-01T07:30:00Z', '2026-09-01T08:30:00Z'],
    ['Asia/Kolkata', 300, '2026-09-01T08:15:00Z', '2026-09-01T08:20:00Z'],
    ['Asia/Kathmandu', 300, '2026-09-01T08:15:00Z', '2026-09-01T08:20:00Z'],
  ] as const)('begin where the zone’s do: %s, %i s', (zone, seconds, start, end) => {
    const moment = at('2026-09-01T08:19:59.999Z')
    expect(widenToBuckets({ startTimeMs: moment, endTimeMs: moment + 1 }, seconds, zone)).toEqual({
      startTimeMs: at(start),
      endTimeMs: at(end),
    })
  })

  it('hold the range, are not longer than needed, are whole, and stay when widened again', () => {
    const span = fc.integer({ min: 1, max: 400 * dayMs })
    fc.assert(
      fc.property(timeMs, span, interval, fc.constantFrom(...zones), (startTimeMs, spanMs, seconds, zone) => {
        const stepMs = seconds * 1000
        const asked = { startTimeMs, endTimeMs: startTimeMs + spanMs }
        const wide = widenToBuckets(asked, seconds, zone)
        expect(wide.startTimeMs).toBeLessThanOrEqual(asked.startTimeMs)
        expect(wide.startTimeMs).toBeGreaterThan(asked.startTimeMs - stepMs)
        expect(wide.endTimeMs).toBeGreaterThanOrEqual(asked.endTimeMs)
        expect(wide.endTimeMs).toBeLessThan(asked.endTimeMs + stepMs)
        expect((wide.endTimeMs - wide.startTimeMs) % stepMs).toBe(0)
        expect(widenToBuckets(wide, seconds, zone)).toEqual(wide)
      }),
      { numRuns: 2_000 },
    )
  })

  it('begin on whole local hours, and on five whole local minutes', () => {
    fc.assert(
      fc.property(timeMs, interval, fc.constantFrom(...zones), (time, seconds, zone) => {
        const { startTimeMs } = widenToBuckets({ startTimeMs: time, endTimeMs: time + 1 }, seconds, zone)
        expect(localTime(startTimeMs, zone)).toMatch(seconds === 3600 ? /:00:00$/ : /[05]:00$/)
      }),
      { numRuns: 2_000 },
    )
  })

  it('are one interval apart across a change of clocks, and are those of the range’s start', () => {
    const day = { startTimeMs: at('2026-11-01T00:00:00-04:00'), endTimeMs: at('2026-11-02T00:00:00-05:00') }
    const wide = widenToBuckets(day, 3600, 'America/New_York')
    expect((wide.endTimeMs - wide.startTimeMs) / hourMs).toBe(25)
    const spring = { startTimeMs: at('2026-03-08T00:00:00-05:00'), endTimeMs: at('2026-03-09T00:00:00-04:00') }
    expect(widenToBuckets(spring, 3600, 'America/New_York')).toEqual(spring)
    // Lord Howe's clocks move by half an hour.
    const lordHowe = { startTimeMs: at('2026-04-04T00:00:00+11:00'), endTimeMs: at('2026-04-06T00:00:00+10:30') }
    expect(bucketShiftMs(3600, lordHowe.startTimeMs, 'Australia/Lord_Howe')).toBe(0)
    expect(widenToBuckets(lordHowe, 3600, 'Australia/Lord_Howe').endTimeMs).toBe(at('2026-04-06T00:30:00+10:30'))
  })
})

describe('a change of offset within a range', () => {
  const changes = (start: string, end: string, zone: string) =>
    zoneOffsets({ startTimeMs: at(start), endTimeMs: at(end) }, zone).fromSeconds.length > 1

  it.each([
    ['America/New_York', '2026-11-01T05:00:00Z', '2026-11-01T07:00:00Z', true],
    ['America/New_York', '2026-11-01T05:00:00Z', '2026-11-01T06:00:00Z', false],
    ['America/New_York', '2026-11-01T06:00:00Z', '2026-11-02T06:00:00Z', false],
    ['America/New_York', '2026-10-31T00:00:00Z', '2026-11-01T06:00:01Z', true],
    ['America/New_York', '2026-01-01T00:00:00Z', '2026-03-08T07:00:00Z', false],
    ['America/New_York', '2026-01-01T00:00:00Z', '2026-12-31T00:00:00Z', true],
    ['America/New_York', '2025-12-01T00:00:00Z', '2026-12-01T00:00:00Z', true],
    ['Asia/Shanghai', '2000-01-01T00:00:00Z', '2026-01-01T00:00:00Z', false],
    ['Asia/Kolkata', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z', false],
    ['UTC', '1970-01-01T00:00:00Z', '2026-01-01T00:00:00Z', false],
  ])('%s from %s to %s: %s', (zone, start, end, expected) => {
    expect(changes(start, end, zone)).toBe(expected)
  })
})

describe('calendarMonths', () => {
  const namesOf = (from: string, to: string, zone: string) =>
    calendarMonths({ startTimeMs: Date.parse(from), endTimeMs: Date.parse(to) }, zone).map(
      ({ name, startTimeMs, endTimeMs }) => [
        name,
        new Date(startTimeMs).toISOString().slice(0, 16),
        new Date(endTimeMs).toISOString().slice(0, 16),
      ],
    )

  it('cuts the first and the last to the range', () => {
    expect(namesOf('2026-01-31T00:00:00+08:00', '2026-03-02T00:00:00+08:00', 'Asia/Shanghai')).toEqual([
      ['2026-01', '2026-01-30T16:00', '2026-01-31T16:00'],
      ['2026-02', '2026-01-31T16:00', '2026-02-28T16:00'],
      ['2026-03', '2026-02-28T16:00', '2026-03-01T16:00'],
    ])
  })

  it('begins a month whose midnight does not exist when the clocks have leapt over it', () => {
    expect(namesOf('2023-09-30T00:00:00-04:00', '2023-10-02T00:00:00-03:00', 'America/Asuncion')).toEqual([
      ['2023-09', '2023-09-30T04:00', '2023-10-01T04:00'],
      ['2023-10', '2023-10-01T04:00', '2023-10-02T03:00'],
    ])
  })
})
