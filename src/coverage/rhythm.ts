/**
 * The rules by which a source's deliveries have a rhythm (docs/guide/coverage.md). A turn is an hour or a day of files,
 * by its number since 1970.
 */

/** The rhythm of a source: files of each hour or day for each domain that files are named by, or a steady stream. */
export type Rhythm =
  | { kind: 'hourly'; files: number; skipsEmptyHours: boolean }
  | { kind: 'daily'; files: number }
  | { kind: 'continuous' }

/** Number of files by turn, in order. `fileDomain` is empty for files of any domain. */
export type Series = { basis: 'hour' | 'day' | 'touch'; fileDomain: string; turns: (readonly [number, number])[] }

/** Counts of a source's loads: all, those of one hour, and those with a date in the name; and its distinct names. */
export type Facts = { loads: number; names: number; hourly: number; dated: number }

/** A source's rhythm, or null; and the reason, as a part of a sentence. */
export type Judgement = { rhythm: Rhythm | null; why: string }

/** A turn in which a rhythm was not kept. */
export type Gap = { turn: number; files: number }

const turnsMin = { hour: 24, day: 7, touch: 48 }
/** A rhythm is what four turns of five have. */
const isMost = (part: number, all: number) => part * 5 >= all * 4
/** Files of one kind are those of a source when nine of ten are such. */
const isNearlyAll = (part: number, all: number) => part * 10 >= all * 9

const words = { hour: 'hour', day: 'day', touch: 'hour' }

/** Judges a source by its series. */
export function judge(facts: Facts, series: readonly Series[]): Judgement {
  const of = (basis: Series['basis']) => series.filter((one) => one.basis === basis)
  const tried: Judgement[] = []
  if (isNearlyAll(facts.hourly, facts.loads)) tried.push(inHourlyFiles(facts, of('hour')))
  if (isNearlyAll(facts.dated, facts.loads)) tried.push(inFiles('day', of('day')))
  if (facts.names < facts.loads || tried.length === 0 || facts.loads >= 48) tried.push(inStream(facts, of('touch')))
  return tried.find(({ rhythm }) => rhythm !== null) ?? { rhythm: null, why: tried.map(({ why }) => why).join('; ') }
}

/** One log that grows has pieces of an hour each under one name: it is a stream. */
function inHourlyFiles({ names }: Facts, series: readonly Series[]): Judgement {
  const hours = unionOf(series).length
  if (names * 2 < hours) return { rhythm: null, why: `${filesText(names)} by name in ${hours} hours` }
  return inFiles('hour', series)
}

/** Judges files of an hour or a day each. */
function inFiles(basis: 'hour' | 'day', series: readonly Series[]): Judgement {
  const word = words[basis]
  const long = series.filter(({ turns }) => dueTurns(turns) >= turnsMin[basis])
  if (long.length === 0) {
    const most = Math.max(0, ...series.map(({ turns }) => dueTurns(turns)))
    return { rhythm: null, why: `its files span ${most} ${word}s, and a rhythm needs ${turnsMin[basis]}` }
  }
  const all = long.flatMap(({ turns }) => turns)
  const files = usualFiles(all)
  const due = long.reduce((sum, { turns }) => sum + dueTurns(turns), 0)
  const kept = all.filter(([, count]) => count === files).length
  const whose = long.length === 1 && long[0]?.fileDomain === '' ? '' : ` of each of ${domainsText(long.length)}`
  const why = `${filesText(files)} ${basis === 'hour' ? 'an hour' : 'a day'}${whose}, in ${kept} of ${due} ${word}s`
  if (basis === 'day' && long.some(({ turns }) => hasFreeWeekday(turns)))
    return { rhythm: null, why: `some weekdays never have a file: ${why}` }
  if (isMost(kept, due)) {
    const rhythm = basis === 'hour' ? { kind: 'hourly' as const, files, skipsEmptyHours: false } : daily(files)
    return { rhythm, why }
  }
  const any = unionOf(long)
  if (basis === 'hour' && whose !== '' && isMost(any.length, dueTurns(any)) && isMost(kept, all.length))
    return { rhythm: { kind: 'hourly', files, skipsEmptyHours: true }, why: `${why}; of some domain in nearly each` }
  return { rhythm: null, why: `no number of files holds for four ${word}s of five: ${why}` }
}

/** True if a weekday came twice or more, and never had a file. */
function hasFreeWeekday(turns: Series['turns']): boolean {
  const known = new Set(turns.map(([turn]) => turn))
  const weekdays = Array.from({ length: 7 }, (_, day) => allTurns(turns).filter((turn) => turn % 7 === day))
  return weekdays.some((same) => same.length > 1 && same.every((turn) => !known.has(turn)))
}

const daily = (files: number) => ({ kind: 'daily' as const, files })

/** Judges a stream: it has requests in nearly each hour, and comes about as often. */
function inStream({ loads }: Facts, [touched]: readonly Series[]): Judgement {
  const turns = touched?.turns ?? []
  const due = dueTurns(turns)
  const why = `requests in ${turns.length} of ${due} hours, in ${loads} deliveries`
  if (due < turnsMin.touch) return { rhythm: null, why: `${why}: a rhythm needs ${turnsMin.touch} hours` }
  if (loads * 2 < turns.length) return { rhythm: null, why: `${why}: it delivers too seldom for a stream` }
  if (!isNearlyAll(turns.length, due)) return { rhythm: null, why: `${why}: too many hours have none` }
  return { rhythm: { kind: 'continuous' }, why }
}

/**
 * Tells in which turns a domain's files did not keep the source's rhythm, between its first and its last; in order.
 * Gaps that all domains share are worked out once: of 1,000 domains they took 28 ms for each.
 */
export function gapReader(rhythm: Rhythm, series: readonly Series[]): (fileDomain: string) => Gap[] {
  if (rhythm.kind === 'continuous') {
    const gaps = silentHours(series.find(({ basis }) => basis === 'touch')?.turns ?? [])
    return () => gaps
  }
  const basis = rhythm.kind === 'hourly' ? 'hour' : 'day'
  const own = series.filter((one) => one.basis === basis)
  const isOfAny = rhythm.kind === 'hourly' && rhythm.skipsEmptyHours
  // A domain with requests in some hours alone is silent where all domains of its source are.
  const gapsOfAll = isOfAny ? shortTurns(unionOf(own), 1) : []
  return (fileDomain) => {
    const turns = own.find((one) => one.fileDomain === fileDomain)?.turns ?? []
    const kept = turns.filter(([, files]) => files === rhythm.files).length
    const isOwnRhythm = dueTurns(turns) >= turnsMin[basis] && isMost(kept, dueTurns(turns))
    return isOwnRhythm ? shortTurns(turns, rhythm.files) : gapsOfAll
  }
}

/** Turns with fewer files than usual. */
function shortTurns(turns: Series['turns'], usual: number): Gap[] {
  const known = new Map(turns)
  return allTurns(turns)
    .map((turn) => ({ turn, files: known.get(turn) ?? 0 }))
    .filter(({ files }) => files < usual)
}

/** Hours without a request, of those hours of the day that mostly have one. */
function silentHours(turns: Series['turns']): Gap[] {
  const known = new Set(turns.map(([turn]) => turn))
  const due = allTurns(turns)
  const hours = Array.from({ length: 24 }, () => ({ all: 0, silent: 0 }))
  for (const turn of due) {
    const hour = hours[turn % 24] as (typeof hours)[number]
    hour.all++
    if (!known.has(turn)) hour.silent++
  }
  const isUsual = hours.map(({ all, silent }) => silent <= 1 || isMost(all - silent, all))
  return due.filter((turn) => !known.has(turn) && isUsual[turn % 24]).map((turn) => ({ turn, files: 0 }))
}

/** Number of turns from the first to the last. */
function dueTurns(turns: Series['turns']): number {
  const [first, last] = [turns[0]?.[0], turns.at(-1)?.[0]]
  return first === undefined || last === undefined ? 0 : last - first + 1
}

const allTurns = (turns: Series['turns']): number[] =>
  Array.from({ length: dueTurns(turns) }, (_, n) => (turns[0]?.[0] ?? 0) + n)

/** The turns of several series together; `files` is the number of series with files. */
function unionOf(series: readonly Series[]): [number, number][] {
  const files = new Map<number, number>()
  for (const { turns } of series) for (const [turn] of turns) files.set(turn, (files.get(turn) ?? 0) + 1)
  return [...files].sort(([a], [b]) => a - b)
}

/** The number of files that most turns have; of two, the larger. */
function usualFiles(turns: Series['turns']): number {
  const counts = new Map<number, number>()
  for (const [, files] of turns) counts.set(files, (counts.get(files) ?? 0) + 1)
  return [...counts].sort(([a, ofA], [b, ofB]) => ofB - ofA || b - a)[0]?.[0] ?? 1
}

const filesText = (files: number) => (files === 1 ? '1 file' : `${files} files`)
const domainsText = (count: number) => (count === 1 ? '1 domain' : `${count} domains`)
