import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayNumberAt, spanOfDay } from '../statistics/time-range.ts'
import { type DayOfFiles, runsByDay } from './day-states.ts'

const hourMs = 3_600_000
const bucketMs = 300_000
const berlin = { filesPerDay: 2, dayZone: 'Europe/Berlin', delaySeconds: 3_600, expectedFromMs: null }
const farMs = Date.UTC(2090)

/** 1 October 2026 is day 0. */
const october = (n: number) => Date.UTC(2026, 9, 1 + n) / 86_400_000
const day = (n: number, files: number, reach?: { backHours?: number; onHours?: number }): DayOfFiles => {
  const span = spanOfDay(october(n), 'Europe/Berlin')
  const { backHours = 0, onHours = 0 } = reach ?? {}
  return {
    ...{ day: october(n), files, wholeFiles: files },
    requests: { startMs: span.startMs - backHours * hourMs, endMs: span.endMs + onHours * hourMs },
  }
}
/** Runs as hours from the first of October of Berlin: `final 0-24`. */
const told = (days: DayOfFiles[], judgedAtMs = farMs, more = {}) => {
  const { startMs: zeroMs } = spanOfDay(october(0), 'Europe/Berlin')
  const at = (timeMs: number) => (timeMs - zeroMs) / hourMs
  return runsByDay(days, { ...berlin, ...more }, judgedAtMs)
    .filter(({ startMs, endMs }) => endMs > startMs)
    .map(({ startMs, endMs, value }) => `${value} ${at(startMs)}-${at(endMs)}`)
    .join(', ')
}

describe('a day of a source with daily files', () => {
  it('is final once all its files are there, and provisional with fewer', () => {
    expect(told([day(0, 2), day(1, 1), day(3, 3)])).toBe('final 0-24, provisional 24-48, final 72-96')
  })

  it('is final once the delay after its end is over', () => {
    const { endMs } = spanOfDay(october(0), 'Europe/Berlin')
    expect(told([day(0, 2)], endMs + hourMs - 1)).toBe('provisional 0-24')
    expect(told([day(0, 2)], endMs + hourMs)).toBe('final 0-24')
  })

  it('has the hours that its zone gives it', () => {
    expect(told([day(24, 2)])).toBe('final 576-601')
  })

  it('does not count files that came before it had ended', () => {
    expect(told([{ ...day(0, 2), wholeFiles: 1 }])).toBe('provisional 0-24')
  })

  it('needs the files before it for the hours that those reach into', () => {
    const turned = [day(1, 2, { onHours: 6 }), day(2, 2, { onHours: 6 }), day(4, 2, { onHours: 6 })]
    expect(told(turned)).toBe('provisional 24-30, final 30-48, final 48-72, provisional 96-102, final 102-120')
    const { startMs: beginMs } = spanOfDay(october(1), 'Europe/Berlin')
    expect(told(turned.slice(0, 1), farMs, { expectedFromMs: beginMs + 6 * hourMs })).toBe('final 24-48')
  })

  it('needs the files after it for the hours that those begin in', () => {
    expect(told([day(0, 2, { backHours: 8 }), day(1, 2, { backHours: 8 })])).toBe(
      'final 0-24, final 24-40, provisional 40-48',
    )
  })
})

/** A zone's date by Node's own formatter. */
const dateIn = (timeZone: string) => {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
  return (timeMs: number) => format.format(timeMs)
}

describe('days of every zone', () => {
  it('have the buckets whose date they are, also where clocks change', () => {
    const zone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
    const anyDay = fc.integer({ min: Date.UTC(2008) / 86_400_000, max: Date.UTC(2030) / 86_400_000 })
    const changing = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Amman', 'Asia/Beirut', 'America/Havana')
    fc.assert(
      fc.property(fc.oneof(zone, changing), anyDay, (timeZone, number) => {
        const { startMs, endMs } = spanOfDay(number, timeZone)
        const date = new Date(number * 86_400_000).toISOString().slice(0, 10)
        const has = dateIn(timeZone)
        for (let timeMs = number * 86_400_000 - 15 * hourMs; timeMs < (number + 1) * 86_400_000 + 15 * hourMs; ) {
          if ((has(timeMs) === date) !== (timeMs >= startMs && timeMs < endMs))
            throw new Error(`${timeZone} ${date} at ${new Date(timeMs).toISOString()}`)
          if (timeMs >= startMs && timeMs < endMs) expect(dayNumberAt(timeMs, timeZone)).toBe(number)
          timeMs += 3 * bucketMs
        }
      }),
      { numRuns: 150, seed: 20_261_130 },
    )
  }, 60_000)

  it.each([
    ['Asia/Amman', 2014, 9, 31],
    ['Asia/Amman', 2015, 2, 27],
    ['America/Havana', 2024, 10, 3],
    ['Asia/Beirut', 2024, 9, 26],
    ['America/Sao_Paulo', 2018, 10, 4],
    ['Europe/Berlin', 2026, 9, 25],
  ])('of %s on the change of %i-%i-%i', (timeZone, year, month, monthDay) => {
    const number = Date.UTC(year, month, monthDay) / 86_400_000
    const { startMs, endMs } = spanOfDay(number, timeZone)
    const date = new Date(number * 86_400_000).toISOString().slice(0, 10)
    const has = dateIn(timeZone)
    expect([has(startMs - 1) < date, has(startMs), has(endMs - 1), has(endMs) > date]).toEqual([true, date, date, true])
    expect([23, 25]).toContain((endMs - startMs) / hourMs)
  })
})
