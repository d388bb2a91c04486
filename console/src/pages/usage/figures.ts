import type { GetAnswer } from '../../api/client.ts'
import type { PointValue, Series } from '../../chart/series.ts'

export type UsageAnswer = GetAnswer<'/api/v1/usage'>
type ApiSeries = UsageAnswer['series'][number]
type Points = ApiSeries['points']

/** The figures that the page shows, and the metrics that the API is asked for. */
export const figures = {
  flux: { metrics: 'flux', unit: 'bytes' },
  peak_bandwidth: { metrics: 'peak_bandwidth', unit: 'bits' },
  requests: { metrics: 'requests', unit: 'count' },
  hit_requests: { metrics: 'requests,hits', unit: 'share' },
  hit_flux: { metrics: 'flux,hit_flux', unit: 'share' },
  status: { metrics: 'requests', unit: 'count' },
} as const
export type FigureName = keyof typeof figures
export const figureNames = Object.keys(figures) as FigureName[]

/** Values of a figure in each bucket. A ratio without requests is not known. */
export function valuesOf(points: Points, figure: FigureName): PointValue[] {
  if (figure === 'hit_requests') return ratios(points.hits, points.requests)
  if (figure === 'hit_flux') return ratios(points.hit_flux, points.flux)
  return (figure === 'status' ? points.requests : points[figure]) ?? []
}

type Values = readonly (number | null)[] | undefined
const ratios = (part: Values, whole: Values): PointValue[] =>
  (whole ?? []).map((all, index) => ratioOf(part?.[index] ?? null, all))
export const ratioOf = (part: number | null, whole: number | null): number | null =>
  part === null || whole === null || Number(whole) === 0 ? null : Number(part) / Number(whole)

const shownMax = 5

/** The series with the largest sums, and the others as one. @param nameOthers names that one by their number */
export function largest(series: Series[], nameOthers: (count: number) => string): Series[] {
  if (series.length <= shownMax + 1) return series
  const bySize = [...series].sort((a, b) => sumOf(b.values) - sumOf(a.values))
  const others = bySize.slice(shownMax)
  const values = (others[0]?.values ?? []).map((_value, index) => sumOf(others.map((one) => one.values[index] ?? null)))
  return [...bySize.slice(0, shownMax), { name: nameOthers(others.length), values }]
}

const sumOf = (values: readonly PointValue[]) => values.reduce<number>((sum, value) => sum + Number(value ?? 0), 0)
