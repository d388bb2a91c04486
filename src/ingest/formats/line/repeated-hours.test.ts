import { describe, expect, it } from 'vitest'
import { localTime } from '../../../statistics/time-range.ts'
import { type LocalRequest, repeatedHours } from './repeated-hours.ts'

/** A request at an instant: seconds since the clocks went back, and how long it took. */
type Given = { at: number; took?: number }

/** Changes back in 2026: by an hour, half an hour, two hours, and over midnight. */
const changes = {
  'America/New_York': '2026-11-01T06:00:00Z',
  'Australia/Lord_Howe': '2026-04-04T15:00:00Z',
  'Antarctica/Troll': '2026-10-25T01:00:00Z',
  'Atlantic/Azores': '2026-10-25T01:00:00Z',
} as const
type Zone = keyof typeof changes
const zones = Object.keys(changes) as Zone[]

const clockOf = (zone: Zone, at: number) =>
  Date.parse(`${localTime(Date.parse(changes[zone]) + at * 1000, zone).replace(' ', 'T')}Z`) / 1000

/** A line as the survey reads it; its text has what a log's has. */
const lineOf = ({ clock, duration }: LocalRequest) => {
  const [, day, month, year, time] = new Date(clock * 1000).toUTCString().split(' ')
  return `[${day}/${month}/${year}:${time}] ${clock} ${duration}`
}
const read = (line: string): LocalRequest => {
  const [clock, duration] = line.split(' ').slice(1).map(Number)
  return { clock: clock ?? 0, duration: duration ?? 0 }
}

/** For each line, true if it is of the second time, as the statement finds it by the line’s number. */
function told(zone: Zone, requests: Given[]): boolean[] {
  const lines = requests.map(({ at, took = 0 }) => lineOf({ clock: clockOf(zone, at), duration: took }))
  const survey = repeatedHours(zone, read(lines[0] ?? '').clock, read)
  if (!survey) return lines.map(() => false)
  for (const [n, line] of lines.entries()) if (survey.marks.some((mark) => line.includes(mark))) survey.see(line, n + 1)
  const { passFrom = [0], passes = [0] } = survey.parameters()
  return lines.map((_, n) => passes[passFrom.findLastIndex((from) => from <= n + 1)] === 1)
}

/** The lines of an hour that is shown twice whose time is told wrongly. */
function wrong(zone: Zone, requests: Given[]): Given[] {
  const found = told(zone, requests)
  const isTwice = ({ at }: Given) =>
    [-1, 1].some((way) => clockOf(zone, at) === clockOf(zone, at + way * shiftOf(zone)))
  return requests.filter((request, n) => isTwice(request) && found[n] !== request.at >= 0)
}
const shiftOf = (zone: Zone) => ({ 'Australia/Lord_Howe': 1_800, 'Antarctica/Troll': 7_200 })[zone as string] ?? 3_600

/** In the order in which lines are written. */
const written = (requests: Given[]) => requests.toSorted((a, b) => a.at + (a.took ?? 0) - b.at - (b.took ?? 0))
const every = (step: number, from: number, to: number, took = 0): Given[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, n) => ({ at: from + n * step, took }))

describe.each(zones)('hours that the clocks of %s show twice', (zone) => {
  const shift = shiftOf(zone)

  it.each([10, 60, 600])('are told by a line each %i seconds', (step) => {
    expect(wrong(zone, every(step, -5 * 3_600, 5 * 3_600))).toEqual([])
  })

  it('are told although lines are some minutes out of order', () => {
    const late = every(10, -4 * 3_600, 4 * 3_600).map(({ at }, n) => ({ at, took: 0, written: at + (n % 7) * 30 }))
    expect(
      wrong(
        zone,
        late.toSorted((a, b) => a.written - b.written),
      ),
    ).toEqual([])
  })

  it('are told of requests that last over the change, or over an hour and more', () => {
    const long = every(97, -2 * shift, 2 * shift).map(({ at }, n) => ({ at, took: ((n * 7) % 11) * 500 }))
    expect(wrong(zone, written([...every(10, -5 * 3_600, 5 * 3_600), ...long]))).toEqual([])
  })

  it('are told of the logs of two servers in one file, one after the other', () => {
    const one = every(10, -6 * 3_600, 6 * 3_600)
    expect(wrong(zone, [...one, ...one])).toEqual([])
  })

  it('are the second in a log that begins there and goes on after them', () => {
    expect(wrong(zone, every(10, 5, 4 * 3_600))).toEqual([])
  })

  it('are the first in a log that ends there, and in one with a gap behind', () => {
    expect(wrong(zone, every(10, -5 * 3_600, -5))).toEqual([])
    expect(wrong(zone, [...every(10, -5 * 3_600, -5), ...every(10, shift, 3 * 3_600)])).toEqual([])
  })

  it('are the first where nothing can be told', () => {
    expect(told(zone, every(10, 5, shift - 5))).not.toContain(true)
  })
})

it('asks nothing of a log in a zone whose clocks stay, or long after a change', () => {
  const first = Date.parse('2026-09-01T00:00:00Z') / 1000
  expect(repeatedHours('Asia/Shanghai', first, read)).toBeNull()
  const marks = repeatedHours('Europe/Berlin', first, read)?.marks
  expect(marks).toEqual(['[25/Oct/2026:0'])
})

it('takes a log without any order for one of the first times', () => {
  const requests = Array.from({ length: 60_000 }, (_, n) => ({ at: n % 2 ? -600 : 600 }))
  expect(told('America/New_York', [{ at: -3 * 3_600 }, ...requests])).not.toContain(true)
})
