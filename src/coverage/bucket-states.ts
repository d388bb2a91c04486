import {
  anySource,
  type Cadence,
  type Cadences,
  delaySecondsDefault,
  everyAccount,
  sourceKey,
  statedOf,
} from '../ledger/cadences.ts'
import { bucketMs } from '../statistics/bucket-length.ts'
import { dayNumberAt, spanOfDay } from '../statistics/time-range.ts'
import { type DayOfFiles, runsByDay } from './day-states.ts'
import { edgesOf, joined, type Run, reader, type Span } from './runs.ts'
import { type BucketState, isSettled, isUnknown, stateOfParts } from './state-words.ts'

/**
 * The rules of coverage (docs/adr/0017-coverage.md): they decide, from the sources' deliveries, whether a domain's
 * buckets are final, reported, provisional, missing or refused. Times are unix ms; results lie on whole buckets of five
 * minutes.
 */

/** Times that a source has reported for one domain, in files of that domain or of any domain. */
export type Reported = { fromMs: number; toMs: number; touchedToMs: number }
/** Number of files of each hour. */
type FileRun = Run<number>

/** A source's deliveries for one domain. */
export type SourceEvidence = {
  source: string
  /** Null: no file with a time. */
  reported: Reported | null
  /** For sources with hourly files: hours with a file of the domain, or of any domain. */
  fileRuns: FileRun[]
  /** For sources with daily files: days with a file of the domain, or of any domain, in order. */
  days: DayOfFiles[]
  /** Times for which a file came and was not taken, in order. */
  refused: Span[]
  /** Of them, those of files whose first part counts: the rest of the time's requests is lost. Omit for none. */
  restRefused?: Span[]
  /** The end of the source's last file of any domain; 0 without a file. */
  lastFileMs: number
}

/** A domain's bucket: its state, and the state of each source that is expected to report it. */
export type DomainState = { state: BucketState; sources: { source: string; state: BucketState }[] }

const hourMs = 3_600_000
const floorTo = (timeMs: number, stepMs: number) => Math.floor(timeMs / stepMs) * stepMs
const ceilTo = (timeMs: number, stepMs: number) => Math.ceil(timeMs / stepMs) * stepMs

/** A source's cadence with defaults for everything unstated; the source has the name that the answer uses. */
export type Expectation = Omit<Cadence, 'accountId' | 'delaySeconds'> & {
  delaySeconds: number
  /** True if the source has a stated cadence. */
  isStated: boolean
}

/** The question's range, and the time to judge it at: the data version's, never the wall clock's. */
type Judged = { range: Span; judgedAtMs: number }

/**
 * A source's states for a domain. A bucket where the source is expected, and that is in no run, is missing.
 * With hourly files: an hour is reported once all its files are there, and final once `delay` has passed after its end.
 * With daily files: a day likewise (day-states.ts).
 * Otherwise: a bucket is final once the source's reports lie beyond its end by `delay`; reported, if nothing is stated.
 */
function sourceRuns(evidence: SourceEvidence, cadence: Expectation, how: Judged): Run<BucketState>[] {
  const { filesPerHour, filesPerDay } = cadence
  if (filesPerHour !== null) return runsByHour(evidence, { ...cadence, filesPerHour }, how)
  if (filesPerDay !== null) return runsByDay(evidence.days, { ...cadence, filesPerDay }, how.judgedAtMs)
  return runsGonePast(evidence.reported, cadence)
}

function runsGonePast(reported: Reported | null, cadence: Expectation): Run<BucketState>[] {
  if (!reported) return []
  const delayMs = cadence.delaySeconds * 1000
  const startMs = ceilTo(reported.fromMs, bucketMs)
  const finalToMs = Math.max(startMs, floorTo(reported.toMs - delayMs, bucketMs))
  const endMs = Math.max(finalToMs, ceilTo(reported.touchedToMs, bucketMs))
  return joined<BucketState>(
    [
      { startMs, endMs: finalToMs, value: cadence.isStated ? 'final' : 'reported' },
      { startMs: finalToMs, endMs, value: 'provisional' },
    ],
    Object.is,
  )
}

function runsByHour(
  { fileRuns, reported, lastFileMs }: SourceEvidence,
  cadence: Expectation & { filesPerHour: number },
  { range, judgedAtMs }: Judged,
): Run<BucketState>[] {
  const overMs = floorTo(judgedAtMs - cadence.delaySeconds * 1000, hourMs)
  const emptyFromMs = floorTo(cadence.expectedFromMs ?? reported?.fromMs ?? Number.POSITIVE_INFINITY, hourMs)
  const emptyToMs = cadence.skipsEmptyHours ? Math.min(overMs, floorTo(lastFileMs, hourMs)) : 0
  const empty: Run<number>[] = emptyToMs > emptyFromMs ? [{ startMs: emptyFromMs, endMs: emptyToMs, value: 0 }] : []
  const over: Run<number>[] = [{ startMs: Number.NEGATIVE_INFINITY, endMs: overMs, value: 0 }]
  const edges = edgesOf(range, [fileRuns, empty, over])
  const filesAt = reader(fileRuns)
  const emptyAt = reader(empty)
  const runs = edges.slice(0, -1).flatMap((startMs, n): Run<BucketState>[] => {
    const endMs = edges[n + 1] as number
    const files = filesAt(startMs) ?? 0
    const isEmpty = files === 0 && emptyAt(startMs) !== undefined
    if (files === 0 && !isEmpty) return []
    const isFinal = isEmpty || (files >= cadence.filesPerHour && endMs <= overMs)
    return [{ startMs, endMs, value: isFinal ? 'final' : 'provisional' }]
  })
  return joined(runs, Object.is)
}

/**
 * The runs, refused where a file was not taken: for a source with a number of files, where none came. Another source may
 * have gone past a refused file: there it is refused in buckets without a request. Where the first part of a file counts
 * and its rest was refused, nothing is settled.
 */
function takenOrRefused(
  runs: Run<BucketState>[],
  { refused, restRefused = [] }: SourceEvidence,
  { filesPerHour, filesPerDay }: Expectation,
  { range, requestRuns }: Judged & { requestRuns: readonly Run<true>[] },
): Run<BucketState>[] {
  if (refused.length === 0) return runs
  const asRuns = (spans: Span[]) => spans.map((span): Run<true> => ({ ...span, value: true }))
  const [notTaken, rest] = [asRuns(refused), asRuns(restRefused)]
  const isCounted = filesPerHour !== null || filesPerDay !== null
  const [stateAt, isRefused, hasRequests] = [reader(runs), reader(notTaken), reader(requestRuns)]
  const isRest = reader(rest)
  const edges = edgesOf(range, [runs, notTaken, rest, requestRuns])
  const found = edges.slice(0, -1).flatMap((startMs, n): Run<BucketState>[] => {
    const state = stateAt(startMs)
    const [refusedHere, requested] = [isRefused(startMs) === true, hasRequests(startMs) === true]
    const isGap = state === undefined || (!isCounted && !requested)
    const taken = state !== undefined && isSettled(state) && isRest(startMs) === true ? 'provisional' : state
    const value = refusedHere && isGap ? 'refused' : taken
    return value === undefined ? [] : [{ startMs, endMs: edges[n + 1] as number, value }]
  })
  return joined(found, Object.is)
}

/** The start of the bucket, or of the hour or the day of files, that has this instant. */
function startOfTurn(timeMs: number, { filesPerHour, dayZone }: Expectation): number {
  if (dayZone !== null) return spanOfDay(dayNumberAt(timeMs, dayZone), dayZone).startMs
  return floorTo(timeMs, filesPerHour === null ? bucketMs : hourMs)
}

/** The span in which a source is expected to report a domain. */
function expectedSpan(evidence: SourceEvidence, cadence: Expectation): Span {
  const firstMs = evidence.reported && startOfTurn(evidence.reported.fromMs, cadence)
  const fromMs = cadence.expectedFromMs ?? firstMs ?? Number.NEGATIVE_INFINITY
  const untilMs = cadence.expectedUntilMs ?? Number.POSITIVE_INFINITY
  return { startMs: ceilTo(fromMs, bucketMs), endMs: ceilTo(untilMs, bucketMs) }
}

/**
 * A domain's states over a range. A bucket is final when every expected source is final; reported when each is final or
 * reported. It is missing, or refused, when no source has reported and there is no request. Otherwise it is provisional.
 * @param sources the domain's reporting sources
 * @param requestRuns buckets of the domain with a request
 */
export function domainRuns(
  sources: { evidence: SourceEvidence; cadence: Expectation }[],
  requestRuns: readonly Run<true>[],
  how: Judged,
): Run<DomainState>[] {
  const judged = sources.map(({ evidence, cadence }) => {
    const expected: Run<true> = { ...expectedSpan(evidence, cadence), value: true }
    return {
      source: evidence.source,
      expected: [expected],
      runs: takenOrRefused(sourceRuns(evidence, cadence, how), evidence, cadence, { ...how, requestRuns }),
    }
  })
  const edges = edgesOf(how.range, [requestRuns, ...judged.flatMap(({ expected, runs }) => [expected, runs])])
  const hasRequests = reader(requestRuns)
  const readers = judged.map(({ source, expected, runs }) => ({
    source,
    isExpected: reader(expected),
    at: reader(runs),
  }))
  const runs = edges.slice(0, -1).map((startMs, n): Run<DomainState> => {
    const states = readers
      .filter(({ isExpected }) => isExpected(startMs))
      .map(({ source, at }) => ({ source, state: at(startMs) ?? ('missing' as const) }))
    const state = combined(states, hasRequests(startMs) === true)
    return { startMs, endMs: edges[n + 1] as number, value: { state, sources: states } }
  })
  return joined(runs, sameState)
}

/**
 * The span in which requests decide a domain's states: from the first to the last bucket that is unknown without them, or
 * for which a file was refused. Null: all states are the same with any requests.
 * @param runs `domainRuns` of the sources without requests
 */
export function undecidedSpan(evidence: readonly SourceEvidence[], runs: readonly Run<DomainState>[]): Span | null {
  const unknown = runs.filter(({ value }) => isUnknown(value.state))
  const spans = [...unknown, ...evidence.flatMap(({ refused }) => refused)]
  if (spans.length === 0) return null
  return {
    startMs: spans.reduce((first, { startMs }) => Math.min(first, startMs), Number.POSITIVE_INFINITY),
    endMs: spans.reduce((last, { endMs }) => Math.max(last, endMs), Number.NEGATIVE_INFINITY),
  }
}

function combined(sources: { state: BucketState }[], hasRequests: boolean): BucketState {
  if (sources.length === 0) return hasRequests ? 'provisional' : 'missing'
  const state = stateOfParts(new Set(sources.map((one) => one.state)))
  return hasRequests && isUnknown(state) ? 'provisional' : state
}

const sameState = (a: DomainState, b: DomainState) =>
  a.state === b.state &&
  a.sources.length === b.sources.length &&
  a.sources.every(({ source, state }, n) => source === b.sources[n]?.source && state === b.sources[n]?.state)

/** The cadence of an account's source, with defaults and the common delay where none is stated. */
export function expectationOf(accountId: string, source: string, cadences: Cadences): Expectation {
  const stated = statedOf(cadences, accountId, source)
  return {
    source,
    isStated: stated !== undefined,
    filesPerHour: stated?.filesPerHour ?? null,
    filesPerDay: stated?.filesPerDay ?? null,
    dayZone: stated?.dayZone ?? null,
    delaySeconds: stated?.delaySeconds ?? delayOfAll(cadences),
    skipsEmptyHours: stated?.skipsEmptyHours ?? false,
    domains: stated?.domains ?? null,
    expectedFromMs: stated?.expectedFromMs ?? null,
    expectedUntilMs: stated?.expectedUntilMs ?? null,
  }
}

/** The delay of sources without one of their own, seconds. */
export const delayOfAll = (cadences: Cadences): number =>
  cadences.get(sourceKey(everyAccount, anySource))?.delaySeconds ?? delaySecondsDefault
