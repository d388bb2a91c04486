import { localTime } from '../language/formats.ts'

/** The local time in a zone, as `2026-09-17T08:05`: the form of an input of type datetime-local. */
export const localText = (timeMs: number, zone: string): string => localTime(timeMs, zone).replace(' ', 'T')

/** Unix ms of a local time in a zone; of one that occurs twice, the first. NaN for no time. */
export function timeOf(local: string, zone: string): number {
  const asUtcMs = Date.parse(`${local.length === 10 ? `${local}T00:00` : local}Z`)
  if (Number.isNaN(asUtcMs)) return Number.NaN
  const offsetAt = (timeMs: number) => Date.parse(`${localText(timeMs, zone)}Z`) - timeMs
  const dayMs = 86_400_000
  // The offset before and after: a clock changes at most once in two days.
  const candidates = [asUtcMs - offsetAt(asUtcMs - dayMs), asUtcMs - offsetAt(asUtcMs + dayMs)]
  const right = candidates.filter((timeMs) => localText(timeMs, zone) === localText(asUtcMs, 'UTC'))
  return Math.min(...(right.length > 0 ? right : candidates))
}

/** The day of a time in a zone, as `2026-09-17`. */
export const dayOf = (timeMs: number, zone: string): string => localTime(timeMs, zone).slice(0, 10)

/** The day `days` later, by the calendar. */
export function dayAfter(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}

/** The month `months` later: `2026-09` and -1 make `2026-08`. */
export function monthAfter(month: string, months: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const index = year * 12 + number - 1 + months
  return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`
}
