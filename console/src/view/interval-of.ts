import type { ApiRange } from './view.ts'
import { localText } from './zone-time.ts'

/** The longest interval whose buckets begin and end with the range: the API widens a range to whole buckets. */
export function intervalOf(range: ApiRange, zone: string): '86400' | '3600' | '300' {
  if ('start_date' in range) return '86400'
  const ends = [range.start_time, range.end_time].map((timeMs) => localText(timeMs, zone).slice(11))
  if (ends.every((time) => time === '00:00')) return '86400'
  return ends.every((time) => time.endsWith(':00')) ? '3600' : '300'
}
