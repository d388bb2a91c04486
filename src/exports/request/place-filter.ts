import { parameterError, quoted } from '../../errors.ts'
import { listOf } from '../../statistics/list-parameter.ts'
import { carriers, countries, type Names, provinces } from '../../statistics/places.ts'
import { type Action, isBill } from './actions.ts'

/** The clients that count, by place: codes of the contract; null for all. */
export type PlaceFilter = {
  countries: string[] | null
  provinces: string[] | null
  carriers: string[] | null
}

type Asked = { country?: string; province?: string; isp?: string }

/**
 * The filter of a create, by the contract's rules on combinations.
 * @throws AppError CDN.0001 naming the parameter and the rule
 */
export function placeFilterOf(action: Action, body: Asked): PlaceFilter {
  if (body.country && action === 'isp_detail')
    throw parameterError('country', 'isp_detail does not take it: carriers are those of the Chinese mainland')
  if (body.country && action === 'top_url_detail') throw parameterError('country', 'top_url_detail does not take it')
  if (isBill(action)) {
    const given = (['country', 'province', 'isp'] as const).find((name) => body[name])
    if (given) throw parameterError(given, `${action} is of all traffic and does not take it`)
  }
  const filter = {
    countries: codesOf('country', body.country, countries),
    provinces: codesOf('province', body.province, provinces),
    carriers: codesOf('isp', body.isp, carriers),
  }
  const isOfChina = action === 'isp_detail' || filter.countries?.join() === 'cn'
  if (body.province && !isOfChina) throw parameterError('province', 'it goes with country=cn alone')
  return filter
}

/** More than all codes of a kind, because a code may be repeated. */
const codesMax = 1_000

/** Codes in the contract's order, so that equal sets give equal requests; null for all. */
function codesOf(parameter: string, value: string | undefined, known: Readonly<Record<string, Names>>) {
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
