import { parameterError } from '../../errors.ts'
import { carriers, countries, provinces } from '../../statistics/places.ts'
import { type PlaceFilter, placeCodesOf } from '../../usage/rows/place-filter.ts'
import { type Action, isBill } from './actions.ts'

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
    countries: placeCodesOf('country', body.country, countries),
    provinces: placeCodesOf('province', body.province, provinces),
    carriers: placeCodesOf('isp', body.isp, carriers),
  }
  const isOfChina = action === 'isp_detail' || filter.countries?.join() === 'cn'
  if (body.province && !isOfChina) throw parameterError('province', 'it goes with country=cn alone')
  return filter
}
