import { expect, it } from 'vitest'
import { timesIn } from './table-times.ts'

it.each([
  ['UTC', '2026-09-01T00:00:00Z', '2026-09-01 00:00:00'],
  ['Asia/Shanghai', '2026-09-01T00:00:00Z', '2026-09-01 08:00:00'],
  ['America/St_Johns', '2026-09-01T00:00:00Z', '2026-08-31 21:30:00'],
  // Clocks go back at 01:00 UTC: the hour from 2 to 3 comes twice.
  ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25 02:30:00+02:00'],
  ['Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25 02:30:00+01:00'],
  ['America/New_York', '2026-11-01T06:30:00Z', '2026-11-01 01:30:00-05:00'],
  ['Europe/Berlin', '2026-10-26T00:30:00Z', '2026-10-26 01:30:00'],
])('writes a time in %s: %s', (zone, time, text) => {
  expect(timesIn(zone)).toMatchObject({ zone })
  expect(timesIn(zone).text(Date.parse(time))).toBe(text)
})

it('writes a time that is not there as a dash', () => {
  expect(timesIn('Europe/Berlin').text(null)).toBe('-')
})
