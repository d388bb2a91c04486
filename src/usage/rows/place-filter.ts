import { parameterError, quoted } from '../../errors.ts'
import { listOf } from '../../statistics/list-parameter.ts'
import type { Names } from '../../statistics/places.ts'

/** The clients that count, by place: codes of the contract; null for all. */
export type PlaceFilter = {
  countries: string[] | null
  provinces: string[] | null
  carriers: string[] | null
}

/** More than all codes of a kind, because a code may be repeated. */
const codesMax = 1_000

/**
 * The codes that a parameter lists, in the contract's order, so that equal sets give equal requests; null for all.
 * @throws AppError CDN.0001, naming the parameter
 */
export function placeCodesOf(parameter: string, value: string | undefined, known: Readonly<Record<string, Names>>) {
  if (!value) return null
  const given = listOf(parameter, value, codesMax)
    .map((code) => code.trim().toLowerCase())
    .filter((code) => code !== '')
  if (given.length === 0) throw parameterError(parameter, `${quoted(value)} names none; all names every one`)
  if (given.length === 1 && given[0] === 'all') return null
  const wrong = given.find((code) => !Object.hasOwn(known, code))
  if (wrong === 'all') throw parameterError(parameter, 'all stands alone, without other codes')
  if (wrong !== undefined)
    throw parameterError(parameter, `${quoted(wrong)} is not one of all, ${Object.keys(known).join(', ')}`)
  const asked = new Set(given)
  return Object.keys(known).filter((code) => asked.has(code))
}

/** True if any client is left out. */
export const isFiltered = (filter: PlaceFilter): boolean =>
  filter.countries !== null || filter.provinces !== null || filter.carriers !== null
