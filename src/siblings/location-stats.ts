import { Type } from 'typebox'
import { AppError, parameterError, quoted } from '../errors.ts'
import { carriers, countries, provinces } from '../statistics/places.ts'
import type { Dimension } from '../usage/figures/metrics.ts'
import { type IpVersion, ipVersions } from '../usage/figures/usage-query.ts'
import { type PlaceFilter, placeCodesOf } from '../usage/rows/place-filter.ts'
import { sampledRange } from './sampled-range.ts'
import { FiguresTree, parametersWith, summaryOrDetail } from './sampled-schema.ts'
import type { Sibling } from './sibling.ts'
import { statTypesOf } from './stat-types.ts'
import { readStats } from './stats.ts'
import { domainsOf, itemsOf, type Query, requiredOf } from './wire/parameters.ts'

const groups = ['domain', 'country', 'province', 'isp'] as const satisfies readonly Dimension[]

const locationActions = ['location_summary', 'location_detail'] as const

const placeParameters = {
  country: 'Country codes with commas between them, or all',
  province: 'Province codes with commas between them, or all; needs country=cn',
  isp: 'Carrier codes with commas between them, or all',
}

/** Figures by clients' places: ShowDomainLocationStats. */
export const locationStats: Sibling = {
  path: 'domain-location-stats',
  operationId: 'showDomainLocationStats',
  perSecond: 15,
  summary: 'Figures of domains by country, province and carrier, by bucket or of the whole range',
  parameters: parametersWith(locationActions, {
    ...placeParameters,
    ip_version: 'IPv4 or IPv6. Default both',
    group_by: `${groups.join(', ')}, with commas between them; default: summed`,
  }),
  answers: Type.Object({ group_by: Type.Optional(Type.String()), result: FiguresTree }),
  answer: async (request) => {
    const { query, nowMs } = request
    const action = requiredOf(query, 'action', locationActions)
    const dimensions = groupsOf(query)
    const result = await readStats(request, {
      range: sampledRange(query, nowMs),
      domains: domainsOf(query),
      stats: statTypesOf(query),
      isDetail: action === 'location_detail',
      dimensions,
      places: placesOf(query, dimensions),
      ipVersion: ipVersionOf(query),
      serviceArea: 'global',
    })
    return { ...echoOf(query), result }
  },
}

/** Figures by country: ShowDomainCountryStat. A country's figures are a list of one-figure objects, as clients read it. */
export const countryStats: Sibling = {
  path: 'domain-country-stats',
  operationId: 'showDomainCountryStats',
  perSecond: 15,
  summary: 'Figures of domains by country, by bucket or of the whole range',
  parameters: parametersWith(summaryOrDetail, {
    country: placeParameters.country,
    group_by: `${groups.join(', ')}, with commas between them; province needs country=cn. Default country`,
  }),
  answers: Type.Object({
    action: Type.String(),
    start_time: Type.Integer(),
    end_time: Type.Integer(),
    stat_type: Type.String(),
    group_by: Type.Optional(Type.String()),
    result: FiguresTree,
  }),
  answer: async (request) => {
    const { query, nowMs } = request
    const action = requiredOf(query, 'action', summaryOrDetail)
    const asked = groupsOf(query)
    if (asked.includes('province') && query['country']?.trim().toLowerCase() !== 'cn') throw groupError()
    const range = sampledRange(query, nowMs)
    const stats = statTypesOf(query)
    const dimensions: Dimension[] = asked.length === 0 ? ['country'] : asked
    const result = await readStats(request, {
      ...{ range, stats, dimensions },
      domains: domainsOf(query),
      isDetail: action === 'detail',
      places: placesOf({ ...query, province: '', isp: '' }, dimensions),
      ipVersion: null,
      serviceArea: 'global',
    })
    return {
      action,
      start_time: range.asked.startTimeMs,
      end_time: range.asked.endTimeMs,
      stat_type: stats.text,
      ...echoOf(query),
      result,
    }
  },
}

const groupError = () => new AppError('CDN.0001', 'group_by param is incorrect')

function groupsOf(query: Query): Dimension[] {
  return itemsOf(query, 'group_by').map((name) => {
    const found = groups.find((group) => group === name)
    if (!found) throw groupError()
    return found
  })
}

const echoOf = (query: Query) => (query['group_by']?.trim() ? { group_by: query['group_by'] } : {})

/** Rows of provinces are those of China alone. */
function placesOf(query: Query, dimensions: readonly Dimension[]): PlaceFilter {
  const given = (name: string) => query[name]?.trim()
  const isOfChina = given('country')?.toLowerCase() === 'cn'
  if (given('province') && !isOfChina) throw parameterError('province', 'it goes with country=cn alone')
  const ofCountries = placeCodesOf('country', given('country'), countries)
  const ofProvinces = placeCodesOf('province', given('province'), provinces)
  const needsProvinces = dimensions.includes('province') && ofCountries === null
  return {
    countries: ofCountries,
    provinces: needsProvinces ? Object.keys(provinces) : ofProvinces,
    carriers: placeCodesOf('isp', given('isp'), carriers),
  }
}

function ipVersionOf(query: Query): IpVersion | null {
  const text = query['ip_version']?.trim()
  if (!text) return null
  const found = ipVersions.find((version) => version === text)
  if (!found) throw new AppError('CDN.0001', `ip version name is incorrect: ${quoted(text).slice(1, -1)}`)
  return found
}
