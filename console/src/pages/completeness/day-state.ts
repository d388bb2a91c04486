import { type State, states } from '../../figure/state-strip.tsx'
import type { DeliveryDay } from './use-deliveries.ts'

/** Something about a day beside its state, with its sign in the cell. */
export type Mark = {
  name: 'part' | 'lacking' | 'surplus' | 'refusedFiles' | 'low' | 'high' | 'late' | 'rejected'
  sign: string
  count: number | null
}

/** The worst state of a day's buckets. */
export const worstState = ({ buckets }: DeliveryDay): State =>
  [...states].reverse().find((state) => buckets[state] > 0) ?? 'missing'

/** True if some buckets of the day have a better state than the worst. */
const isPart = ({ buckets }: DeliveryDay): boolean =>
  states.filter((state) => state !== 'reported' && state !== 'final' && buckets[state] > 0).length > 0 &&
  states.filter((state) => buckets[state] > 0).length > 1

/** The marks of a day, the gravest first. */
export function marksOf(day: DeliveryDay): Mark[] {
  const lacking = day.files_expected === null ? 0 : day.files_expected - day.files_come
  const marks: (Mark | false)[] = [
    lacking > 0 && { name: 'lacking', sign: `−${lacking}`, count: lacking },
    day.files_refused > 0 && { name: 'refusedFiles', sign: `✕${day.files_refused}`, count: day.files_refused },
    isPart(day) && { name: 'part', sign: '◐', count: null },
    day.out_of_line === 'low' && { name: 'low', sign: '▼', count: null },
    day.out_of_line === 'high' && { name: 'high', sign: '▲', count: null },
    lacking < 0 && { name: 'surplus', sign: `+${-lacking}`, count: -lacking },
    day.rejected_lines > 0 && { name: 'rejected', sign: '!', count: day.rejected_lines },
    day.files_late > 0 && { name: 'late', sign: '◷', count: day.files_late },
  ]
  return marks.filter((mark) => mark !== false)
}

/** Signs of all marks, for the legend. */
export const signs: readonly { name: Mark['name']; sign: string }[] = [
  { name: 'lacking', sign: '−n' },
  { name: 'surplus', sign: '+n' },
  { name: 'refusedFiles', sign: '✕n' },
  { name: 'part', sign: '◐' },
  { name: 'low', sign: '▼' },
  { name: 'high', sign: '▲' },
  { name: 'rejected', sign: '!' },
  { name: 'late', sign: '◷' },
]
