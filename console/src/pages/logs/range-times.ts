import type { ApiRange } from '../../view/view.ts'
import { timeOf } from '../../view/zone-time.ts'

/** A range as unix ms, for operations that take no days. */
export const rangeTimes = (range: ApiRange, zone: string): { start_time: number; end_time: number } =>
  'start_date' in range ? { start_time: timeOf(range.start_date, zone), end_time: timeOf(range.end_date, zone) } : range
