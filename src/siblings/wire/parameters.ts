import { AppError, parameterError, quoted } from '../../errors.ts'
import { domainPattern } from '../../statistics/domain-name.ts'
import { listOf } from '../../statistics/list-parameter.ts'
import { type ServiceArea, serviceAreas } from '../../statistics/service-areas.ts'
import type { TimeRange } from '../../statistics/time-range.ts'

/** Parameters of the contract’s statistics queries, as their clients send them: an empty value is as none. */
export type Query = Record<string, string | undefined>

/** The contract's days are those of UTC+8. */
export const contractZone = 'Etc/GMT-8'

const dayMs = 86_400_000
const timeMsMax = 4_102_444_800_000
const itemsMax = 1_000

/** @throws AppError CDN.0001 without a value */
export function required(query: Query, name: string): string {
  const value = query[name]?.trim()
  if (!value) throw parameterError(name, 'it is missing')
  return value
}

/** @throws AppError CDN.0001 for a value that is not allowed, or none */
export function requiredOf<T extends string>(query: Query, name: string, allowed: readonly T[]): T {
  return allowedOf(name, required(query, name), allowed)
}

/** @throws AppError CDN.0001 for a value that is not allowed */
export function optionalOf<T extends string>(query: Query, name: string, allowed: readonly T[]): T | null {
  const value = query[name]?.trim()
  return value ? allowedOf(name, value, allowed) : null
}

function allowedOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (!found) throw parameterError(name, `${quoted(value)} is not one of ${allowed.join(', ')}`)
  return found
}

/** Distinct items of a list, trimmed; empty ones are ignored. */
export function itemsOf(query: Query, name: string): string[] {
  const items = listOf(name, query[name] ?? '', itemsMax).map((item) => item.trim())
  return [...new Set(items.filter((item) => item !== ''))]
}

/** As `itemsOf`; null for all, which is also the default. */
export function itemsOrAll(query: Query, name: string): string[] | null {
  const items = itemsOf(query, name)
  return items.length === 0 || items.some((item) => item.toLowerCase() === 'all') ? null : items
}

const domainsDefaultMax = 20

/**
 * The domains of a query, sorted; null for all.
 * @throws AppError CDN.0001 without one; CDN.0005 for more than `domainsMax`; CDN.0201 for a malformed name
 */
export function domainsOf(query: Query, domainsMax = domainsDefaultMax): string[] | null {
  required(query, 'domain_name')
  const names = itemsOrAll(query, 'domain_name')?.map((name) => name.toLowerCase()) ?? null
  if (names === null) return null
  if (names.length > domainsMax)
    throw new AppError(
      'CDN.0005',
      `The parameter domain_name is invalid: it has more than ${domainsMax} names; all stands for every one`,
    )
  const wrong = names.find((name) => !domainPattern.test(name))
  if (wrong !== undefined)
    throw new AppError('CDN.0201', `The parameter domain_name is invalid: ${quoted(wrong)} is not a domain name`)
  return [...new Set(names)].sort()
}

/** @throws AppError CDN.0015 */
export function areaOf(
  query: Query,
  fallback: ServiceArea,
  allowed: readonly ServiceArea[] = serviceAreas,
): ServiceArea {
  const value = query['service_area']?.trim()
  const area = allowed.find((one) => one === (value || fallback))
  if (area) return area
  throw new AppError(
    'CDN.0015',
    `The parameter service_area is invalid: ${quoted(value ?? '')} is not one of ${allowed.join(', ')}`,
  )
}

/**
 * The range as asked, unix ms.
 * @throws AppError CDN.0001 for a missing or malformed time; CDN.0202 for an empty range, or one over `daysMax`
 */
export function rangeOf(query: Query, daysMax: number): TimeRange {
  const [startTimeMs, endTimeMs] = [timeOf(query, 'start_time'), timeOf(query, 'end_time')]
  if (startTimeMs >= endTimeMs) throw rangeError('start_time is not before end_time')
  if (endTimeMs - startTimeMs > daysMax * dayMs) throw rangeError(`it is longer than ${daysMax} days`)
  return { startTimeMs, endTimeMs }
}

export const rangeError = (problem: string) => new AppError('CDN.0202', `The time range is incorrect: ${problem}`)

/** A time, unix ms. @throws AppError CDN.0001 without one, or for any other text */
export function timeOf(query: Query, name: string): number {
  const text = required(query, name)
  const timeMs = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (!(timeMs <= timeMsMax)) throw parameterError(name, `${quoted(text)} is not a time in unix ms from 1970 to 2100`)
  return timeMs
}

/**
 * A whole number of decimal digits.
 * @throws AppError CDN.0001 outside of the bounds
 */
export function wholeNumberOf(
  query: Query,
  name: string,
  { min, max, fallback }: { min: number; max: number; fallback: number },
): number {
  const text = query[name]?.trim()
  if (!text) return fallback
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(number >= min && number <= max))
    throw parameterError(name, `${quoted(text)} is not a number from ${min} to ${max}`)
  return number
}
