import { zoneOffsets } from '../../../statistics/zone-offsets.ts'

/** When a request of a line came by the local clock, and how long it took. Seconds, as if the clock were of UTC. */
export type LocalRequest = { clock: number; duration: number }

/** A stretch that the clocks show twice; the second time is `to - from` later. Seconds, as if of UTC. */
type Repeated = { from: number; to: number }

/** Facts about a stretch: the latest time of writing so far, as if the clocks had not gone back. */
type Reading = Repeated & { writtenUntil: number; hasBefore: boolean; hasAfter: boolean; passes: Pass[] }

/** From this line on the stretch is shown for the second time, or for the first. */
type Pass = { line: number; isSecond: boolean }

const hour = 3_600
/** Lines around a stretch tell how late it is; requests that take longer are told by their own duration alone. */
const context = { before: hour, after: 2 * hour }
/** A transport may bring lines a little out of order. */
const disorder = 300
/** A log of more than a year is read as if it had no second time of the hours beyond. */
const daysAhead = 400
/** Bound values of a statement beside a log's body stand in its URL. A log with more is in no order at all. */
const passesMax = 10_000

/**
 * Tells which lines of an hour that the clocks show twice are of the second time, by their order. Lines are written when
 * a request ends, so clock and duration together never go back but at the change. An hour of which nothing can be told
 * is the first. A log that begins within such an hour and goes on after it without a step back has the second.
 * @param read the request of a line; null when it has none
 * @param first the clock of the log's first line
 * @returns null when no such hour is near
 */
export function repeatedHours(logZone: string, first: number, read: (line: string) => LocalRequest | null) {
  const readings = repeatedAfter(logZone, first).map(
    (stretch): Reading => ({ ...stretch, writtenUntil: -Infinity, hasBefore: false, hasAfter: false, passes: [] }),
  )
  if (readings.length === 0) return null
  return {
    marks: readings.flatMap(marksOf),
    see: (line: string, lineNumber: number): boolean => {
      const request = read(line)
      const near = request && readings.find((stretch) => isNear(stretch, request.clock))
      if (near) order(near, request, lineNumber)
      return false
    },
    parameters: () => passParameters(readings, first),
  }
}

function repeatedAfter(logZone: string, first: number): Repeated[] {
  const range = { startTimeMs: (first - 2 * 86_400) * 1000, endTimeMs: (first + daysAhead * 86_400) * 1000 }
  const { fromSeconds, offsetSeconds } = zoneOffsets(range, logZone)
  return fromSeconds
    .map((second, n) => ({ from: second + (offsetSeconds[n] ?? 0), to: second + (offsetSeconds[n - 1] ?? -Infinity) }))
    .filter(({ from, to }) => from < to && first < to + context.after)
}

const isNear = ({ from, to }: Repeated, clock: number) => clock >= from - context.before && clock < to + context.after

/** Texts that each line near the stretch contains: its dates, with as much of the hours as they share. */
function marksOf({ from, to }: Repeated): string[] {
  const hours = new Map<string, string[]>()
  for (let clock = from - context.before; clock < to + context.after; clock += hour / 2) {
    const [, day, month, year, time = ''] = new Date(clock * 1000).toUTCString().split(' ')
    const date = `[${day}/${month}/${year}:`
    hours.set(date, [...(hours.get(date) ?? []), time.slice(0, 2)])
  }
  return [...hours].map(([date, shown]) => date + sharedStart(shown))
}

const sharedStart = ([first = '', ...others]: string[]): string =>
  [...first].reduce(
    (start, letter) => (others.every((other) => other.startsWith(start + letter)) ? start + letter : start),
    '',
  )

/** Reads the next line near a stretch. */
function order(stretch: Reading, { clock, duration }: LocalRequest, line: number): void {
  const { from, to, writtenUntil } = stretch
  const [first, second] = [clock + duration, clock + duration + to - from]
  const isWithin = clock >= from && clock < to
  stretch.hasBefore ||= clock < from
  stretch.hasAfter ||= clock >= to
  // One that is before both times begins another log in the same file.
  const isSecond = isWithin ? first < writtenUntil - disorder && second >= writtenUntil - (to - from) / 2 : clock >= to
  const written = isSecond ? second : first
  const isOfAnother = written < writtenUntil - (to - from) / 2
  stretch.writtenUntil = isOfAnother ? written : Math.max(writtenUntil, written)
  const last = stretch.passes.at(-1)
  if (isWithin && last?.isSecond !== isSecond && stretch.passes.length <= passesMax)
    stretch.passes.push({ line, isSecond })
}

/** Parameters of local times (local-time.ts): the lines at which the hours' times begin. */
function passParameters(readings: readonly Reading[], first: number) {
  const passes = readings.flatMap((stretch) => {
    const begins = first >= stretch.from && first < stretch.to && !stretch.hasBefore && stretch.hasAfter
    const isSecond = begins && stretch.passes.length === 1
    return isSecond ? stretch.passes.map(({ line }) => ({ line, isSecond })) : stretch.passes
  })
  if (passes.length > passesMax || passes.every(({ isSecond }) => !isSecond)) return {}
  const inOrder = passes.toSorted((a, b) => a.line - b.line)
  return {
    passFrom: [0, ...inOrder.map(({ line }) => line)],
    passes: [0, ...inOrder.map(({ isSecond }) => Number(isSecond))],
  }
}
