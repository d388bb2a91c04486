import { spanOfDay } from '../statistics/time-range.ts'
import type { SourceRhythm } from './read-rhythms.ts'
import type { Gap } from './rhythm.ts'
import { edgesOf, joined, type Run, reader, type Span } from './runs.ts'

/**
 * An unexpected silence: a time in which a source did not keep its rhythm for a domain, though no cadence is stated.
 * `files` came of `filesUsual`; both are 0 for a stream.
 */
export type Silence = Span & { source: string; files: number; filesUsual: number }

const hourMs = 3_600_000

/**
 * The silences of a source for a domain within a span, in order.
 * @param refused times for which a file came and was not taken: no silence
 */
export function silencesOf(
  found: SourceRhythm,
  { source, domain, refused }: { source: string; domain: string; refused: readonly Span[] },
  within: Span,
): Silence[] {
  const { rhythm, series } = found
  if (rhythm === null) return []
  const hasOwn = series.some((one) => one.fileDomain === domain)
  const usual = rhythm.kind === 'continuous' ? 0 : rhythm.files
  const gaps = found.gaps(hasOwn ? domain : '').flatMap(({ turn, files }): Run<Gap>[] => {
    const { startMs, endMs } = spanOfTurn(found, turn)
    const span = { startMs: Math.max(startMs, within.startMs), endMs: Math.min(endMs, within.endMs) }
    return span.startMs < span.endMs ? [{ ...span, value: { turn, files } }] : []
  })
  const silences: Silence[] = []
  for (const { startMs, endMs, value } of withoutRefused(gaps, refused)) {
    const last = silences.at(-1)
    if (last?.endMs === startMs) {
      last.endMs = endMs
      last.files += value.files
      last.filesUsual += usual
    } else silences.push({ startMs, endMs, source, files: value.files, filesUsual: usual })
  }
  return silences
}

function spanOfTurn({ rhythm, dayOfName }: SourceRhythm, turn: number): Span {
  if (rhythm?.kind !== 'daily') return { startMs: turn * hourMs, endMs: (turn + 1) * hourMs }
  return spanOfDay(dayOfName.isDayBefore ? turn - 1 : turn, dayOfName.zone)
}

function withoutRefused(gaps: Run<Gap>[], refused: readonly Span[]): Run<Gap>[] {
  const [first, last] = [gaps[0], gaps.at(-1)]
  if (!first || !last || refused.length === 0) return gaps
  const edges = edgesOf({ startMs: first.startMs, endMs: last.endMs }, [gaps, refused])
  const gapAt = reader(gaps)
  const isRefused = reader(refused.map((span): Run<true> => ({ ...span, value: true })))
  const left = edges.slice(0, -1).flatMap((startMs, n): Run<Gap>[] => {
    const value = gapAt(startMs)
    return value === undefined || isRefused(startMs) ? [] : [{ startMs, endMs: edges[n + 1] as number, value }]
  })
  return joined(left, (a, b) => a.turn === b.turn)
}
