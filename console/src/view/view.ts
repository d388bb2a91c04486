import { dayAfter, dayOf, monthAfter, timeOf } from './zone-time.ts'

export const ranges = ['this_month', 'last_month', '7d', '31d', 'custom'] as const
export const comparisons = ['none', 'previous', 'weekdays', 'year'] as const
export const areas = ['global', 'mainland_china', 'outside_mainland_china'] as const
export type Comparison = (typeof comparisons)[number]

/** Everything that a person has chosen at the top of the page. It stands in the address, so that a view can be sent. */
export type View = {
  /** For operators: an account's id, or all; null: the key's own. */
  account: string | null
  /** Names of domains; none: all of them. */
  domains: string[]
  /** One of `ranges`, or a month such as 2026-09. */
  range: string
  /** Local start and end of a custom range, as 2026-09-17T08:05. */
  from: string
  to: string
  compare: Comparison
  /** null: the account's. */
  zone: string | null
  /** null: the account's. */
  area: string | null
}

const monthPattern = /^\d{4}-(0[1-9]|1[0-2])$/
export const isMonth = (range: string): boolean => monthPattern.test(range)

/** A zone that this browser knows; null for any other name. */
function zoneOf(name: string | null): string | null {
  if (name === null) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone && name
  } catch {
    return null
  }
}

/** Reads a view from an address's query; an invalid choice becomes the default. */
export function viewOf(query: URLSearchParams): View {
  const range = query.get('range') ?? ''
  return {
    account: query.get('account'),
    domains: (query.get('domains') ?? '').split(',').filter((name) => name !== ''),
    range: ranges.some((one) => one === range) || isMonth(range) ? range : 'this_month',
    from: query.get('from') ?? '',
    to: query.get('to') ?? '',
    compare: comparisons.find((one) => one === query.get('compare')) ?? 'none',
    zone: zoneOf(query.get('zone')),
    area: areas.find((area) => area === query.get('area')) ?? null,
  }
}

/** Writes a change of the view into a query; a default leaves it. */
export function withView(query: URLSearchParams, change: Partial<View>): URLSearchParams {
  const changed = new URLSearchParams(query)
  for (const [name, value] of Object.entries(change)) {
    const text = Array.isArray(value) ? value.join(',') : (value ?? '')
    if (text === '' || (name === 'compare' && text === 'none')) changed.delete(name)
    else changed.set(name, text)
  }
  return changed
}

/** A range as the API takes it: whole days of the zone, or times. */
export type ApiRange = { start_date: string; end_date: string } | { start_time: number; end_time: number }

/** @param nowMs unix ms; a month or day of the present ends in the future, where the API clips it */
export function rangeOf({ range, from, to }: View, zone: string, nowMs: number): ApiRange {
  const today = dayOf(nowMs, zone)
  const month = today.slice(0, 7)
  if (range === 'last_month') return wholeMonth(monthAfter(month, -1))
  if (range === '7d') return { start_date: dayAfter(today, -6), end_date: dayAfter(today, 1) }
  if (range === '31d') return { start_date: dayAfter(today, -30), end_date: dayAfter(today, 1) }
  if (isMonth(range)) return wholeMonth(range)
  const [start, end] = [timeOf(from, zone), timeOf(to, zone)]
  if (range === 'custom' && start < end) {
    const areDays = [from, to].every((time) => time.endsWith('T00:00'))
    return areDays ? { start_date: from.slice(0, 10), end_date: to.slice(0, 10) } : { start_time: start, end_time: end }
  }
  return wholeMonth(month)
}

const wholeMonth = (month: string): ApiRange => ({ start_date: `${month}-01`, end_date: `${monthAfter(month, 1)}-01` })

/** The month that a view is in: of its range's start. */
export function monthOf(view: View, zone: string, nowMs: number): string {
  const range = rangeOf(view, zone, nowMs)
  return 'start_date' in range ? range.start_date.slice(0, 7) : dayOf(range.start_time, zone).slice(0, 7)
}
