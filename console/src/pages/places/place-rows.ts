import type { GetAnswer } from '../../api/client.ts'
import type { Integer } from '../../api/exact-json.ts'
import type { PlaceKind } from '../../clients/place-names.ts'

export type UsageAnswer = GetAnswer<'/api/v1/usage'>
type Series = UsageAnswer['series']

export const measures = ['flux', 'requests', 'peak_bandwidth'] as const
export type Measure = (typeof measures)[number]
type Figures = Record<Measure, Integer | null>

/** Figures of one place in the whole range. */
export type PlaceRow = { code: string; now: Figures; before: Figures | null }

const figuresOf = (value: Integer | null): Figures => ({ flux: value, requests: value, peak_bandwidth: value })

/** A place without a series had no request, unless nothing at all is known. */
const absent = (series: Series): Figures => figuresOf(series.length > 0 ? 0 : null)

function figuresByCode(series: Series, kind: PlaceKind): Map<string, Figures> {
  return new Map(
    series.map(({ totals, ...keys }) => [
      keys[kind] ?? '',
      {
        flux: totals.flux ?? null,
        requests: totals.requests ?? null,
        peak_bandwidth: totals.peak_bandwidth ?? null,
      },
    ]),
  )
}

/** The places of an answer, also those of the compared range alone; those with the most come first. */
export function rowsOf({ series, comparison }: UsageAnswer, kind: PlaceKind, measure: Measure): PlaceRow[] {
  const now = figuresByCode(series, kind)
  const before = comparison && figuresByCode(comparison.series, kind)
  const codes = [...new Set([...now.keys(), ...(before?.keys() ?? [])])]
  return codes
    .map((code) => ({
      code,
      now: now.get(code) ?? absent(series),
      before: before && (before.get(code) ?? absent(comparison.series)),
    }))
    .sort((a, b) => Number(b.now[measure] ?? -1) - Number(a.now[measure] ?? -1) || (a.code < b.code ? -1 : 1))
}

/** The exact sum of all places; null where one is not known. Peaks add up to nothing. */
export function wholeOf(rows: readonly PlaceRow[], measure: Measure): bigint | null {
  const values = rows.map(({ now }) => now[measure])
  if (measure === 'peak_bandwidth' || values.length === 0) return null
  return values.reduce<bigint | null>((sum, value) => (sum === null || value === null ? null : sum + BigInt(value)), 0n)
}

/** A part of a whole; null where either is not known, or the whole is zero. */
export const partOf = (part: Integer | null, whole: Integer | null): number | null =>
  part === null || whole === null || Number(whole) === 0 ? null : Number(part) / Number(whole)

/** The growth since the compared range, as a part of the value there. */
export function changeOf({ now, before }: PlaceRow, measure: Measure): number | null {
  const ratio = partOf(now[measure], before?.[measure] ?? null)
  return ratio === null ? null : ratio - 1
}
