import { describe, expect, it } from 'vitest'
import { dayOfName } from './day-of-name.ts'
import { gapReader, judge, type Series } from './rhythm.ts'

const turns = (count: number, filesOf: (turn: number) => number): [number, number][] =>
  Array.from({ length: count }, (_, turn): [number, number] => [turn, filesOf(turn)]).filter(([, files]) => files > 0)
const series = (basis: Series['basis'], list: [number, number][], fileDomain = ''): Series => ({
  ...{ basis, fileDomain, turns: list },
})
const dated = { loads: 30, names: 30, hourly: 0, dated: 30 }
const hourly = { loads: 90, names: 90, hourly: 90, dated: 90 }

describe('a rhythm', () => {
  it.each([
    { why: 'one of five days may lack', days: 10, missing: [2, 3], files: 1 },
    { why: 'one of four days may not', days: 8, missing: [2, 3], files: null },
    { why: 'six days are too few', days: 6, missing: [], files: null },
    { why: 'one free weekend may be a fault', days: 12, missing: [5, 6], files: 1 },
    { why: 'working days alone have none, as the second week shows', days: 19, missing: [5, 6, 12, 13], files: null },
  ])('of daily files: $why', ({ days, missing, files }) => {
    const list = turns(days, (day) => (missing.includes(day) ? 0 : 1))
    expect(judge(dated, [series('day', list)]).rhythm).toEqual(files && { kind: 'daily', files })
  })

  it('has as many files as most days have', () => {
    const list = turns(20, (day) => (day === 7 ? 3 : 4))
    const { rhythm, why } = judge(dated, [series('day', list)])
    expect([rhythm, why]).toEqual([{ kind: 'daily', files: 4 }, '4 files a day, in 19 of 20 days'])
    expect(rhythm && gapReader(rhythm, [series('day', list)])('')).toEqual([{ turn: 7, files: 3 }])
  })

  it('skips empty hours where one domain lacks them and another does not', () => {
    const night = series(
      'hour',
      turns(48, (hour) => (hour % 24 < 12 && hour !== 20 ? 1 : 0)),
      'a.test',
    )
    const day = series(
      'hour',
      turns(48, (hour) => (hour % 24 >= 11 && hour !== 20 ? 1 : 0)),
      'b.test',
    )
    const { rhythm } = judge(hourly, [night, day])
    expect(rhythm).toEqual({ kind: 'hourly', files: 1, skipsEmptyHours: true })
    expect(rhythm && gapReader(rhythm, [night, day])('a.test')).toEqual([{ turn: 20, files: 0 }])
  })

  it('takes a log that grows under one name for a stream', () => {
    const touched = turns(72, () => 1)
    const grown = { loads: 72, names: 1, hourly: 72, dated: 0 }
    expect(judge(grown, [series('hour', touched), series('touch', touched)]).rhythm).toEqual({ kind: 'continuous' })
  })

  it('of a stream leaves hours out that are mostly silent', () => {
    const touched = turns(24 * 20, (hour) => (hour % 24 === 3 || hour === 100 ? 0 : 1))
    const found = { loads: 480, names: 480, hourly: 0, dated: 0 }
    const { rhythm } = judge(found, [series('touch', touched)])
    expect(rhythm && gapReader(rhythm, [series('touch', touched)])('')).toEqual([{ turn: 100, files: 0 }])
  })

  it('is none of few files over a long time, and says so', () => {
    const touched = turns(200, (hour) => (hour % 3 === 0 ? 1 : 0))
    const { rhythm, why } = judge({ loads: 5, names: 5, hourly: 0, dated: 0 }, [series('touch', touched)])
    expect([rhythm, why]).toEqual([
      null,
      'requests in 67 of 199 hours, in 5 deliveries: it delivers too seldom for a stream',
    ])
  })
})

describe('the day in a name', () => {
  const at = Date.parse('2026-09-15T00:00:00Z')
  const zones = ['Europe/Berlin', 'UTC', 'Asia/Shanghai']
  it.each([
    { why: 'noon in Berlin', middle: 10 * 3600, zone: 'Europe/Berlin', isDayBefore: false },
    { why: 'noon in Shanghai', middle: 4 * 3600, zone: 'Asia/Shanghai', isDayBefore: false },
    { why: 'noon of the day before, in UTC', middle: -12 * 3600, zone: 'UTC', isDayBefore: true },
    { why: 'rotated at 06:25 in Berlin', middle: -(24 - 16.4) * 3600, zone: 'Europe/Berlin', isDayBefore: true },
  ])('is of $zone: $why', ({ middle, zone, isDayBefore }) => {
    expect(dayOfName(middle, at, zones)).toMatchObject({ zone, isDayBefore })
  })
})
