import { bucketMs } from '../statistics/bucket-length.ts'
import type { DomainState } from './bucket-states.ts'
import type { DomainCoverage } from './read-coverage.ts'
import type { SourceCoverage } from './reporting-sources.ts'
import { edgesOf, type Run, reader, type Span } from './runs.ts'
import type { Silence } from './silences.ts'
import type { BucketState } from './state-words.ts'

/** A day of a zone: its date as `YYYY-MM-DD` and its instants, unix ms. */
export type DatedDay = Span & { date: string }

/**
 * All buckets of five minutes with one state for one reason; of one day, if days are asked for. The span is from the
 * first to the last of them. Domains are the first few of `domainCount`.
 */
export type CoverageLine = Span & {
  date: string | null
  state: BucketState
  reason: string
  buckets: number
  lateLines: number
  domains: string[]
  domainCount: number
}

const domainsShown = 3
const namesShown = 5
/** Worst first. */
const order: readonly BucketState[] = ['refused', 'missing', 'provisional', 'reported', 'final']

/** Adds up domains' buckets by day, state and reason. @param days in order; empty: the range as one */
export function lineCollector(sources: readonly SourceCoverage[], range: Span, days: readonly DatedDay[]) {
  const found = new Map<string, Adding>()
  const bySource = new Map(sources.map((source) => [source.source, source]))
  const dayRuns = days.map(({ startMs, endMs, date }): Run<string> => ({ startMs, endMs, value: date }))
  return {
    add(coverage: DomainCoverage): void {
      const { domain, runs, silences, late } = coverage
      const quiet = silentRuns(silences)
      const [stateAt, dateAt, silentAt] = [reader(runs), reader(dayRuns), reader(quiet)]
      const edges = edgesOf(range, [runs, dayRuns, quiet])
      let [at, place] = [0, 0]
      for (const startMs of edges.slice(0, -1)) {
        const endMs = edges[++at] as number
        const value = stateAt(startMs)
        const silent = silentAt(startMs)
        const date = dateAt(startMs) ?? null
        if (!value) continue
        let lateLines = 0
        for (; (late[place]?.startMs ?? endMs) < endMs; place++) lateLines += late[place]?.lines ?? 0
        const reason = reasonOf(value, bySource, silent ?? null)
        addTo(found, { ...{ date, state: value.state, reason, startMs, endMs }, lateLines }, domain)
      }
    },
    /** By day, the worst state first; then by time. */
    lines: (): CoverageLine[] => [...found.values()].sort(byDayAndState),
  }
}

const byDayAndState = (a: CoverageLine, b: CoverageLine): number =>
  (a.date ?? '').localeCompare(b.date ?? '') ||
  order.indexOf(a.state) - order.indexOf(b.state) ||
  a.startMs - b.startMs ||
  (a.reason < b.reason ? -1 : 1)

type Piece = Span & Pick<CoverageLine, 'date' | 'state' | 'reason' | 'lateLines'>

/** A line, and the domain that was added last: domains are added one after the other. */
type Adding = CoverageLine & { lastDomain: string }

function addTo(found: Map<string, Adding>, piece: Piece, domain: string): void {
  const key = `${piece.date ?? ''}\0${piece.state}\0${piece.reason}`
  const none = { buckets: 0, lateLines: 0, domains: [], domainCount: 0, lastDomain: '' }
  const line = found.get(key) ?? { ...piece, ...none }
  line.startMs = Math.min(line.startMs, piece.startMs)
  line.endMs = Math.max(line.endMs, piece.endMs)
  line.buckets += (piece.endMs - piece.startMs) / bucketMs
  line.lateLines += piece.lateLines
  if (line.lastDomain !== domain) {
    line.domainCount++
    if (line.domains.length < domainsShown) line.domains.push(domain)
  }
  line.lastDomain = domain
  found.set(key, line)
}

/** Silences of several sources at one time, in order and without overlaps. */
function silentRuns(silences: readonly Silence[]): Run<string>[] {
  const [first] = silences
  if (!first) return []
  const range = {
    startMs: Math.min(...silences.map(({ startMs }) => startMs)),
    endMs: Math.max(...silences.map(({ endMs }) => endMs)),
  }
  const edges = edgesOf(range, [silences])
  return edges.slice(0, -1).flatMap((startMs, n): Run<string>[] => {
    const here = silences.filter((one) => one.startMs <= startMs && startMs < one.endMs)
    const names = [...new Set(here.map(({ source }) => source))]
    return names.length === 0 ? [] : [{ startMs, endMs: edges[n + 1] as number, value: namesText(names) }]
  })
}

/** The reason of a state, as a sentence without a capital. */
function reasonOf(
  { state, sources }: DomainState,
  known: ReadonlyMap<string, SourceCoverage>,
  silent: string | null,
): string {
  const silence = silent === null ? [] : [`unexpected silence of ${silent}`]
  if (state === 'final') return ['every stated cadence is kept', ...silence].join('; ')
  if (sources.length === 0) return 'no source reports the domain'
  if (state === 'reported') {
    const unstated = sources.filter((one) => !known.get(one.source)?.isStated).map(({ source }) => source)
    return [...silence, `no cadence is stated of ${namesText(unstated)}`].join('; ')
  }
  const open = sources.flatMap((one) => openReason(one, known.get(one.source)) ?? [])
  return [...silence, ...open].join('; ')
}

/** The first few names. */
const namesText = (names: readonly string[]): string =>
  names.length > namesShown
    ? `${names.slice(0, namesShown).join(', ')} and ${names.length - namesShown} more sources`
    : `source ${names.join(', ')}`

/** Null for a source that has reported. */
function openReason({ source, state }: DomainState['sources'][number], known?: SourceCoverage): string | null {
  if (state === 'refused') return `a file of source ${source} was refused`
  if (state === 'provisional') return `source ${source} has not delivered everything, or its delay is not over`
  if (state !== 'missing') return null
  const isStream = (known?.filesPerHour ?? null) === null && (known?.filesPerDay ?? null) === null
  return isStream ? `source ${source} has delivered nothing more` : `a file of source ${source} is missing`
}
