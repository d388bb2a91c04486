import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { type FigureName, ratioOf, type UsageAnswer } from './figures.ts'
import { usageWords } from './words.ts'

/** The chart in one sentence: the sum, the highest point, or the ratio of the whole range. */
export function useSentence(answer: UsageAnswer, figure: FigureName): string {
  const text = useWords(usageWords)
  const { bytes, bits, count, share, time } = useFormats()
  const zone = answer.time_zone
  const sum = (name: 'flux' | 'requests' | 'hits' | 'hit_flux') => {
    const totals = answer.series.map((one) => one.totals[name] ?? null)
    return totals.includes(null) || totals.length === 0
      ? null
      : totals.reduce<number>((all, one) => all + (one ?? 0), 0)
  }
  if (answer.series.length === 0) return text.nothing
  if (figure === 'flux') return text.sum(text.flux, bytes(sum('flux')), zone)
  if (figure === 'requests' || figure === 'status') return text.sum(text.requests, count(sum('requests')), zone)
  if (figure === 'hit_requests') return text.mean(text.hit_requests, share(ratioOf(sum('hits'), sum('requests'))), zone)
  if (figure === 'hit_flux') return text.mean(text.hit_flux, share(ratioOf(sum('hit_flux'), sum('flux'))), zone)
  const points = answer.series.flatMap((one) => one.points.peak_bandwidth?.map((value, at) => ({ value, at })) ?? [])
  const highest = points.reduce<(typeof points)[number] | null>(
    (best, one) => (one.value !== null && one.value > (best?.value ?? -1) ? one : best),
    null,
  )
  if (!highest) return text.nothing
  return text.highest(text.peak_bandwidth, bits(highest.value), time(answer.times[highest.at], zone), zone)
}
