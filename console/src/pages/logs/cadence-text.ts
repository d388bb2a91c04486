import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { cadenceWords } from './cadence-words.ts'

type Rhythm = { files_per_hour: number | null; files_per_day: number | null; day_zone: string | null }

/** Says a rhythm in words. */
export function useRhythmText(): (rhythm: Rhythm) => string {
  const text = useWords(cadenceWords)
  const { count } = useFormats()
  return ({ files_per_hour: hourly, files_per_day: daily, day_zone: zone }) => {
    if (hourly !== null) return text.hourly(count(hourly))
    return daily === null ? text.stream : text.daily(count(daily), zone ?? '–')
  }
}
