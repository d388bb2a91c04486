import { ClientError } from './client.ts'

/** Unix ms, or a time with its zone: without one it would mean this machine's zone, which the command does not show. */
export function timeMsOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text)) return Number(text)
  const timeMs = /T.*(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(timeMs)) throw new ClientError(`${flag}: write a time as 2026-10-01T00:00:00+08:00, or unix ms`)
  return timeMs
}

export type RangeFlags = { start?: string; end?: string; day?: string; month?: string }

/** The range of a request to the API. Dates stand for midnights of the time zone, which the server knows. */
type AskedRange = { start_time?: number; end_time?: number; start_date?: string; end_date?: string }

const datePattern = /^\d{4}-\d\d-\d\d$/

/** @throws ClientError when flags say two ranges, or something that is no time */
export function askedRangeOf(flags: RangeFlags): AskedRange {
  const { day, month } = flags
  const ranges = [flags.start ?? flags.end, day, month].filter((given) => given !== undefined)
  if (ranges.length > 1) throw new ClientError('--start with --end, --day, --month: say one of them')
  if (day !== undefined) return dayRange(day)
  if (month !== undefined) return monthRange(month)
  return { ...bound('start', flags.start), ...bound('end', flags.end) }
}

function bound(end: 'start' | 'end', text: string | undefined): AskedRange {
  if (text === undefined) return {}
  if (datePattern.test(text)) return { [`${end}_date`]: text }
  if (/^\d+$/.test(text) || text.includes('T')) return { [`${end}_time`]: timeMsOf(`--${end}`, text) }
  throw new ClientError(`--${end}: write a date as 2026-10-01, a time as 2026-10-01T00:00:00+08:00, or unix ms`)
}

function dayRange(day: string): AskedRange {
  if (!datePattern.test(day)) throw new ClientError('--day: write a day as 2026-10-01')
  return { start_date: day, end_date: nextDate(day, { days: 1 }) }
}

function monthRange(month: string): AskedRange {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new ClientError('--month: write a month as 2026-10')
  return { start_date: `${month}-01`, end_date: nextDate(`${month}-01`, { months: 1 }) }
}

/** The date that many days or months later. The server refuses a start that is no date. */
function nextDate(date: string, { days = 0, months = 0 }: { days?: number; months?: number }): string {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1 + months, day + days)).toISOString().slice(0, 10)
}
